// node web/build.mjs OUT: makes what browsers load. OUT/app.js and OUT/chart.js from web/ts; OUT/base.css, which all
// pages have, and OUT/status.css, check.css, incident.css, each for its own pages, from web/css. Beside each its
// gzip, ending in .gz.
import { build } from "esbuild";
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { constants, gzipSync } from "node:zlib";

const web = dirname(fileURLToPath(import.meta.url));
const out = process.argv[2];

// Of uPlot what our charts never come to: logarithmic scales, its own words for times, ranges that it chooses
// itself. All other ways to draw a line go with the names it exports for them.
const unused = ["rangeLog", "rangeAsinh", "logAxisSplits", "asinhAxisSplits", "log10AxisValsFilt", "log2AxisValsFilt",
	"snapLogY", "snapAsinhY", "fmtDate", "timeAxisVals", "rangeNum"];
const EXPORTS = /^uPlot\.assign = [^]*^(?=export )/m;

function lean({ path }) {
	let source = readFileSync(path, "utf8");
	const cut = (pattern, by) => {
		if (!pattern.test(source))
			throw new Error(`${path}: has no ${pattern}`);
		source = source.replace(pattern, by);
	};
	cut(EXPORTS, "uPlot.tzDate = tzDate;\n");
	for (const name of unused)
		cut(new RegExp(`^function ${name}\\([^]*?^}$`, "m"), `function ${name}() {}`);
	return { contents: source };
}

const shared = {
	absWorkingDir: web,
	bundle: true,
	charset: "utf8",
	format: "iife",
	legalComments: "none",
	logLevel: "warning",
	minify: true,
	outdir: out,
	target: ["es2020", "chrome100", "firefox100", "safari15.4"],
	write: false,
};
const { outputFiles } = await build({
	...shared,
	entryPoints: ["ts/app.ts", "ts/chart.ts", ...["base", "status", "check", "incident"].map((name) => `css/${name}.css`)],
	entryNames: "[name]",
	plugins: [{ name: "lean", setup: ({ onLoad }) => onLoad({ filter: /uPlot\.esm\.js$/ }, lean) }],
});

for (const { path, contents } of outputFiles) {
	writeFileSync(path, contents);
	// Debian's zopfli makes it a twentieth smaller; without it pages are only heavier.
	if (spawnSync("zopfli", ["--i15", path]).status !== 0)
		writeFileSync(`${path}.gz`, gzipSync(contents, { level: constants.Z_BEST_COMPRESSION, memLevel: constants.Z_MAX_MEMLEVEL }));
}
