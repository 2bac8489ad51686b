// node web/build.mjs OUT: makes what browsers load. OUT/app.js and OUT/chart.js from web/ts, OUT/chart.css
// with what the chart's library brings along and web/css/check.css, OUT/style.css from the rest of web/css in
// the order of names; beside each its gzip, ending in .gz.
import { build } from "esbuild";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { constants, gzipSync } from "node:zlib";

const web = dirname(fileURLToPath(import.meta.url));
const out = process.argv[2];

const sheets = readdirSync(join(web, "css")).filter((name) => name.endsWith(".css") && name !== "check.css").sort();
const style = sheets.map((name) => `@import "./css/${name}";`).join("\n");

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
const results = await Promise.all([
	build({ ...shared, entryPoints: ["ts/app.ts", "ts/chart.ts"] }),
	build({ ...shared, stdin: { contents: style, resolveDir: web, loader: "css", sourcefile: "style.css" }, outfile: join(out, "style.css"), outdir: undefined }),
]);

for (const { path, contents } of results.flatMap((result) => result.outputFiles)) {
	writeFileSync(path, contents);
	writeFileSync(`${path}.gz`, gzipSync(contents, { level: constants.Z_BEST_COMPRESSION }));
}
