// Every page in Debian's Chromium, against what is promised of it. Usage: node pages.mjs PAGE PATH...;
// prints one line for each complaint and "done" at the end. CREDENTIALS in the environment: NAME:PASSWORD. No page may run what a service said: that would
// set window.canary or open a dialog.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(new URL('../npm/package.json', import.meta.url));
const { chromium } = require('playwright-core');
const { HtmlValidate } = require('html-validate');
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const [url, ...paths] = process.argv.slice(2);
const [username, password] = (process.env.CREDENTIALS || '').split(':');
const known = username ? { httpCredentials: { username, password } } : {};
const authorization = username ? { Authorization: `Basic ${btoa(`${username}:${password}`)}` } : {};

const validator = new HtmlValidate({
	extends: ['html-validate:recommended'],
	rules: {
		'doctype-style': ['error', { style: 'lowercase' }],
		'void-style': 'off', // SVG inside of HTML closes its empty elements so
		'no-trailing-whitespace': 'off', // a template's empty section leaves some
		'meta-refresh': 'off', // only without scripts, and of a page that asks nothing of its reader
		'long-title': 'off', // names of checks are their owners'
	},
});
const complaints = new Set();
const complain = (...words) => complaints.add(words.join(' '));

const browser = await chromium.launch({
	executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
	args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update'],
});

async function open(more) {
	const context = await browser.newContext({ bypassCSP: false, ...known, ...more });
	const page = await context.newPage();
	page.setDefaultTimeout(15000);
	page.on('dialog', (dialog) => { complain(page.url(), 'opened a dialog'); dialog.dismiss(); });
	page.on('pageerror', (error) => complain(page.url(), `${error}`));
	page.on('console', (message) => {
		if (message.type() === 'error' && !/Failed to load resource/.test(message.text()))
			complain(page.url(), message.text());
	});
	page.on('request', (request) => {
		if (!request.url().startsWith(url) && !request.url().startsWith('data:'))
			complain(page.url(), 'asks', request.url());
	});
	return page;
}

async function validate(path) {
	const answer = await fetch(url + path, { headers: { Accept: 'text/html', ...authorization } });
	const report = await validator.validateString(await answer.text(), path);
	for (const { messages } of report.results)
		for (const { line, column, ruleId, message } of messages)
			complain(`${path}:${line}:${column}`, ruleId, message);
}

async function look(page, path, colorScheme) {
	await page.goto(url + path, { waitUntil: 'load' });
	for (const width of [1280, 390]) {
		await page.setViewportSize({ width, height: 900 });
		await page.evaluate(axe);
		const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
		for (const { id, nodes } of violations)
			for (const { target, failureSummary } of nodes.slice(0, 3))
				complain(path, colorScheme, width, id, target.join(' '), failureSummary.replace(/\s+/g, ' '));
	}
	await page.setViewportSize({ width: 360, height: 900 });
	const wide = await page.evaluate(() => document.documentElement.scrollWidth);
	if (wide > 360)
		complain(path, 'is', wide, 'px wide at 360');
	if (await page.evaluate(() => 'canary' in window || document.querySelector('main [onerror], main script, main img, main iframe')))
		complain(path, 'acts on what a service said');
}

/* Status, a failing check, its incident: by links alone. */
async function walk(javaScriptEnabled) {
	const page = await open({ javaScriptEnabled });
	await page.goto(url);
	await page.locator('tr.down th a.title').first().click();
	await page.waitForURL(/\/checks\//);
	await page.locator('main a[href^="/incidents/"]').first().click();
	await page.waitForURL(/\/incidents\/./);
	if (await page.locator('h1').count() !== 1)
		complain('the incident has no heading');
	await page.context().close();
}

try {
	for (const path of paths)
		await validate(path);
	await Promise.all(['light', 'dark'].map(async (colorScheme) => {
		const page = await open({ colorScheme });
		for (const path of paths)
			await look(page, path, colorScheme);
		await page.context().close();
	}));
	if (paths.includes('/')) {
		await walk(true);
		await walk(false);
	}
	for (const complaint of complaints)
		console.log(complaint);
	console.log('done');
} finally {
	await browser.close();
}
