// Others' readers of test reports. Usage: node readers.mjs junit|tap FILE; prints JSON.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const require = createRequire(new URL('../npm/package.json', import.meta.url));
const [kind, file] = process.argv.slice(2);
const text = readFileSync(file, 'utf8');
if (kind === 'junit') {
	const folder = require.resolve('junit2json/package.json').replace(/package\.json$/, '');
	const { parse } = await import(pathToFileURL(folder + 'dist/esm/index.js'));
	console.log(JSON.stringify(await parse(text)));
} else {
	const { Parser } = require('tap-parser');
	const parser = new Parser({ strict: true });
	const tests = [];
	let version, bailout;
	parser.on('assert', (test) => tests.push(test));
	parser.on('version', (number) => { version = number; });
	parser.on('bailout', (reason) => { bailout = reason; });
	parser.on('complete', (result) => console.log(JSON.stringify({ tests, version, bailout, result })));
	parser.end(text);
}
