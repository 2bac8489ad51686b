// A reader of the status page in Debian's Chromium. Usage: node browsing.mjs PAGE CONTROL; says "stop" when the
// daemon shall end, and "done" at the end. CONTROL is the stand-in's.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';

const require = createRequire(new URL('../npm/package.json', import.meta.url));
const { chromium } = require('playwright-core');
const [url, control] = process.argv.slice(2);
const PATIENCE = 15000;

const faults = async (...set) => {
	const answer = await fetch(control + '/_sim/faults', { method: 'POST', body: JSON.stringify({ set }) });
	assert.equal(answer.status, 200);
};
const api = async () => (await fetch(url + '/api/v1/status')).json();
const until = async (what, condition, patience = PATIENCE) => {
	for (const end = Date.now() + patience; Date.now() < end; await new Promise((go) => setTimeout(go, 50)))
		if (await condition())
			return;
	assert.fail(what);
};

const browser = await chromium.launch({
	executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
	args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update'],
});
const troubles = [];
const open = async (more = {}) => {
	const context = await browser.newContext({ timezoneId: 'Asia/Kolkata', ...more });
	const page = await context.newPage();
	page.setDefaultTimeout(PATIENCE);
	page.on('pageerror', (error) => troubles.push(`${error}`));
	page.on('console', (message) => {
		if (message.type() === 'error' && !/ERR_|Failed to load resource/.test(message.text()))
			troubles.push(message.text());
	});
	await page.goto(url);
	return page;
};
/* What a reader sees of each check. */
const seen = (page) => page.locator('tr[data-key]').evaluateAll((rows) => Object.fromEntries(
	rows.map((row) => [row.dataset.key, row.querySelector('.state').textContent.trim().replace(/\s\d.*/s, '')])));
const services = (page) => page.locator('section.service').evaluateAll((all) => all.map((one) => one.dataset.key).join());
const row = (page, id) => page.locator(`tr[data-key="${id}"]`);

const steps = {
	async 'the same with scripts and without'(page) {
		const plain = await open({ javaScriptEnabled: false });
		await until('they differ', async () => {
			await plain.reload();
			const [one, other] = [await seen(page), await seen(plain)];
			return Object.keys(one).length === 3 && JSON.stringify(one) === JSON.stringify(other) &&
				await page.locator('h1').textContent() === await plain.locator('h1').textContent();
		});
		assert.equal(await plain.locator('.tools').count(), 0);
		await plain.context().close();
	},

	async 'times of the reader, and UTC'(page) {
		const time = row(page, 'memory-health').locator('time');
		const utc = (await time.getAttribute('datetime')).slice(11, 16);
		const there = new Date(Date.parse(await time.getAttribute('datetime')) + 5.5 * 3600e3).toISOString().slice(11, 16);
		assert.match(await time.getAttribute('title'), new RegExp(there));
		assert.doesNotMatch(await time.getAttribute('title'), /UTC/);
		assert.match(await page.locator('.zone').textContent(), /Asia/);
		await page.getByRole('button', { name: 'UTC' }).click();
		await until('no UTC', async () => new RegExp(`${utc}.*UTC`).test(await time.getAttribute('title')));
		await page.reload();
		assert.match(await time.getAttribute('title'), new RegExp(`${utc}.*UTC`));
		assert.equal(await page.locator('.zone').textContent(), 'UTC');
	},

	async 'a filter, in the address'(page) {
		await page.keyboard.press('/');
		await page.keyboard.type('Memory');
		assert.deepEqual(await page.locator('tr[data-key]:visible').evaluateAll((r) => r.map((x) => x.dataset.key)), ['memory-health']);
		assert.equal(await page.locator('section.service:visible').count(), 1);
		assert.match(page.url(), /\?q=Memory$/);
		await page.reload();
		assert.equal(await page.locator('tr[data-key]:visible').count(), 1);
		await page.getByRole('searchbox').press('Escape');
		assert.equal(await page.locator('tr[data-key]:visible').count(), 3);
		assert.doesNotMatch(page.url(), /\?/);
		assert.match(await row(page, 'memory-health').locator('svg title').first().textContent(), /results/);
		await page.getByRole('searchbox').fill('results'); // pictures say so; nobody sees it
		assert.equal(await page.locator('tr[data-key]:visible').count(), 0);
		assert.equal(await page.locator('#nothing:visible').textContent(), 'No check has all of “results”.');
		await page.getByRole('searchbox').press('Escape');
		assert.equal(await page.locator('#nothing:visible').count(), 0);
		const plain = await open({ javaScriptEnabled: false });
		for (const [words, checks] of [['MEMORY up', ['memory-health']], ['nowhere', []]]) {
			await plain.getByRole('searchbox').fill(words);
			await plain.getByRole('searchbox').press('Enter');
			assert.deepEqual(await plain.locator('tr[data-key]:visible').evaluateAll((r) => r.map((x) => x.dataset.key)), checks);
			assert.equal(await plain.locator('section.service:visible').count(), checks.length);
			assert.equal(await plain.locator('#nothing:visible').count(), checks.length ? 0 : 1);
		}
		assert.equal(await plain.locator('#nothing').textContent(), 'No check has all of “nowhere”.');
		await plain.context().close();
	},

	async 'a tab that is shown again looks at once'(page) {
		const show = (shown) => page.evaluate((hidden) => {
			Object.defineProperty(document, 'hidden', { get: () => hidden, configurable: true });
			document.dispatchEvent(new Event('visibilitychange'));
		}, !shown);
		await show(false);
		await page.waitForTimeout(2500); // until no look is due
		await show(false); // the next is due much later
		const look = page.waitForRequest(url + '/');
		const began = Date.now();
		await show(true);
		await look;
		assert.ok(Date.now() - began < 5000, `${Date.now() - began} ms`);
	},

	async "a reader's clock that is set back"(page) {
		const looks = [];
		const note = (request) => request.url() === url + '/' && looks.push(request);
		await page.evaluate(() => {
			const rightly = (window.rightly = Date.now);
			let hours = 0;
			Date.now = () => rightly() - 3600e3 * ++hours;
		});
		page.on('request', note);
		await until('it looks no more', () => looks.length > 2);
		page.off('request', note);
		await page.evaluate(() => { Date.now = window.rightly; });
	},

	async 'a fault shows within two seconds, and focus stays'(page) {
		const link = row(page, 'memory-health').locator('a').first();
		const before = await services(page);
		await link.focus();
		await page.evaluate(() => {
			window.marked = document.activeElement;
			window.told = new Promise((heard) => {
				const source = new EventSource('/api/v1/events?check=memory-health');
				source.addEventListener('state', (event) => {
					if (JSON.parse(event.data).state !== 'down')
						return;
					source.close();
					heard(Date.now());
				});
			});
			window.shown = new Promise((seen) => {
				const look = () => document.querySelector('tr[data-key="memory-health"]').classList.contains('down')
					? seen(Date.now()) : requestAnimationFrame(look);
				look();
			});
		});
		await faults('status-500@memory-health');
		const took = await page.evaluate(async () => await window.shown - await window.told);
		assert.ok(took < 2000, `${took} ms`);
		assert.ok(await page.evaluate(() => document.activeElement === window.marked));
		assert.match(await page.title(), /^1 down/);
		assert.match(await page.locator('link[rel=icon]').getAttribute('href'), /down/);
		assert.match(await page.locator('[aria-live]').textContent(), /\w/);
		assert.match(await page.locator('#updated').textContent(), /^Updated \d+ s ago$/);
		assert.equal(await services(page), before); // nothing jumps while somebody is there
		await link.blur();
		await until('what fails does not come first', async () => /^service memory/.test(await services(page)), 2 * PATIENCE);
		return `${took} ms`;
	},

	async 'a monitor that accepts and does not answer'(page) {
		await page.route(url + '/', () => undefined);
		const banner = page.locator('p.stale', { hasText: 'Not connected for' });
		await banner.waitFor();
		await page.unroute(url + '/');
		await banner.waitFor({ state: 'hidden' });
	},

	async 'a pause'(page) {
		const live = page.getByRole('button', { name: 'Live' });
		await live.click();
		const paused = page.getByRole('button', { name: 'Paused' });
		assert.equal(await paused.getAttribute('aria-pressed'), 'false');
		await faults();
		await until('it is not up', async () => (await api()).checks.every((check) => check.state === 'up'));
		await page.waitForTimeout(1500);
		assert.equal((await seen(page))['memory-health'], 'Down');
		await paused.click();
		await until('it is still down', async () => (await seen(page))['memory-health'] === 'Up');
	},

	async 'an incident in the time of its reader'(page) {
		const { incidents } = await (await fetch(url + '/api/v1/incidents')).json();
		await page.goto(`${url}/incidents/${incidents[0].id}`);
		const times = page.locator('.moments time, .members time, .stands time');
		const there = (utc) => new Date(Date.parse(utc) + 5.5 * 3600e3).toISOString().slice(0, 19).replace('T', ' ');
		await page.getByRole('button', { name: 'UTC' }).click();
		await until('some times are of elsewhere', async () => (await times.evaluateAll((all) =>
			all.map((time) => [time.dateTime, time.textContent]))).every(([utc, text]) => text === there(utc)));
		assert.ok(await times.count() >= 3);
		await page.getByRole('button', { name: 'UTC' }).click();
		await page.goto(url);
	},

	async 'a page that is not there'(page) {
		await page.goto(url + '/nothing');
		assert.match(await page.locator('.top > :last-child').getAttribute('class'), /tools/);
		await page.goto(url);
	},

	async 'a chart instead of the picture'(page) {
		await page.goto(url + '/checks/gateway-stream');
		await page.locator('figure[data-series] .drawn canvas').first().waitFor();
		assert.equal(await page.locator('figure[data-series] .plot:visible').count(), 0);
		await page.goto(url);
	},

	async 'the page of a check that is removed'(page) {
		await page.goto(url + '/checks/memory-health');
		assert.match(await page.locator('h1').textContent(), /memory/);
		console.log('remove');
		await page.getByText('This check was removed').waitFor();
		assert.ok(await page.getByRole('link', { name: 'JSON' }).isVisible());
		await page.waitForTimeout(6000); // PATIENCE_MS of web/ts/app.ts
		assert.equal(await page.locator('.stale:visible').count(), 0);
		await page.goto(url);
	},

	async 'a lost connection is said'(page) {
		console.log('stop');
		await page.locator('.stale', { hasText: 'Not connected' }).waitFor();
	},
};

try {
	const page = await open();
	for (const [name, step] of Object.entries(steps)) {
		const began = Date.now();
		const more = await step(page);
		console.log(`${name}: ${Date.now() - began} ms${more ? `, ${more}` : ''}`);
	}
	assert.deepEqual(troubles, []);
	console.log('done');
} finally {
	await browser.close();
}
