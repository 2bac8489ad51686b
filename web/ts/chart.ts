// The check page's charts: percentiles over time, drawn over the server's picture of the same series. Dragging
// over a chart shows that range, by its address.
import uPlot from "uplot";
import { clockOf, dayOf, wantsUtc } from "./time";

interface Point {
	at: string;
	p50_s: number | null;
	p90_s: number | null;
	p99_s: number | null;
}

const HEIGHT = 190;

const seconds = (v: number | null): string =>
	v === null || v === undefined ? "–" : v === 0 ? "0" : v < 1e-3 ? `${+(v * 1e6).toPrecision(3)} µs` : v < 1 ? `${+(v * 1e3).toPrecision(3)} ms` : `${+v.toPrecision(3)} s`;

const moment = (s: number): string => {
	const t = new Date(s * 1000);
	const utc = wantsUtc();
	return `${dayOf(t, utc)} ${clockOf(t, utc).slice(0, 5)}${utc ? " UTC" : ""}`;
};

/** Months, days, or hours with their day below where that is another one. */
function dates(splits: number[], apartS: number): string[] {
	const utc = wantsUtc();
	let before = "";
	return splits.map((s) => {
		const t = new Date(s * 1000);
		const day = dayOf(t, utc);
		if (apartS >= 86400)
			return apartS >= 28 * 86400 ? day.slice(0, 7) : day.slice(5);
		const below = day === before ? "" : `\n${day.slice(5)}`;
		before = day;
		return clockOf(t, utc).slice(0, 5) + below;
	});
}

const tint = (color: string, alpha: number): string => color.replace("rgb(", "rgba(").replace(")", `, ${alpha})`);

/** Each edge of a band has the colour of what is beside it, so that the page's themes hold here too. */
function options(figure: HTMLElement, host: HTMLElement): uPlot.Options {
	const line = getComputedStyle(figure.querySelector(".plot .p50")!).stroke;
	const grid = getComputedStyle(figure.querySelector(".plot .rule") || figure).stroke;
	const text = getComputedStyle(figure.querySelector(".dates") || figure).color;
	const font = `12px ${getComputedStyle(figure).fontFamily}`;
	const axis = { stroke: text, font, grid: { stroke: grid, width: 1 }, ticks: { show: false } };
	const series = (label: string, alpha: number, width: number): uPlot.Series => ({
		label,
		stroke: tint(line, alpha),
		width,
		value: (_, v) => seconds(v),
		points: width > 1 ? { size: 5 } : { show: false },
	});
	return {
		width: host.clientWidth,
		height: HEIGHT,
		tzDate: (s) => (wantsUtc() ? uPlot.tzDate(new Date(s * 1000), "Etc/UTC") : new Date(s * 1000)),
		scales: { y: { range: (_, __, max) => [0, (max || 1) * 1.08] } },
		axes: [
			{ ...axis, space: 70, values: (_, splits, __, ___, apart) => dates(splits, apart) },
			{ ...axis, size: 58, space: 34, values: (_, splits) => splits.map(seconds) },
		],
		series: [
			{ label: "Time", value: (_, v) => (v === null || v === undefined ? "–" : moment(v)) },
			series("p99", 0.35, 1),
			series("p90", 0.6, 1),
			series("p50", 1, 2),
		],
		bands: [
			{ series: [1, 2], fill: tint(line, 0.14) },
			{ series: [2, 3], fill: tint(line, 0.3) },
		],
		cursor: { drag: { x: true, y: false, setScale: false }, points: { size: 7 } },
		hooks: {
			setSelect: [(plot) => {
				const from = plot.posToVal(plot.select.left, "x");
				const to = plot.posToVal(plot.select.left + plot.select.width, "x");
				const iso = (s: number): string => new Date(s * 1000).toISOString().slice(0, 19) + "Z";
				if (plot.select.width > 4)
					location.href = `${location.pathname}?from=${iso(from)}&to=${iso(to)}#history`;
			}],
		},
	};
}

async function load(figure: HTMLElement): Promise<uPlot.AlignedData> {
	const answer = await fetch(figure.dataset.series!, { cache: "no-cache" });
	if (!answer.ok)
		throw new Error(answer.statusText);
	const points: Point[] = (await answer.json()).points;
	return [
		points.map((p) => Date.parse(p.at) / 1000),
		points.map((p) => p.p99_s),
		points.map((p) => p.p90_s),
		points.map((p) => p.p50_s),
	];
}

/** A chart in place of the picture; the picture stays when the series can't be had. */
async function chart(figure: HTMLElement): Promise<void> {
	const fallback = figure.querySelector(".plot");
	if (!fallback)
		return;
	let data = await load(figure);
	let shown = figure.dataset.series;
	const host = document.createElement("div");
	host.className = "drawn";
	host.setAttribute("data-own", "");
	host.setAttribute("aria-hidden", "true"); // the table below says the same
	fallback.before(host);
	let plot = new uPlot(options(figure, host), data, host);
	const again = (): void => {
		plot.destroy();
		plot = new uPlot(options(figure, host), data, host);
	};
	new ResizeObserver(() => plot.setSize({ width: host.clientWidth, height: HEIGHT })).observe(host);
	matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
	document.addEventListener("outrider:zone", again);
	document.addEventListener("outrider:shown", () => {
		if (figure.dataset.series === shown)
			return;
		shown = figure.dataset.series;
		load(figure).then((fresh) => plot.setData((data = fresh)), () => undefined);
	});
}

for (const figure of document.querySelectorAll<HTMLElement>("figure[data-series]"))
	chart(figure).catch(() => undefined);
