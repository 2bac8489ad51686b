// What people press on the pages, in Debian's Chromium, with scripts and without. Usage: node forms.mjs PAGE CONTROL
// CREDENTIALS; CONTROL is the stand-in's, CREDENTIALS are NAME:PASSWORD. The first walk is under a name that is no
// loopback: there browsers say less of where a form came from.
import assert from 'node:assert/strict';
import http from 'node:http';
import { createRequire } from 'node:module';

const require = createRequire(new URL('../npm/package.json', import.meta.url));
const { chromium } = require('playwright-core');
const [address, control, credentials] = process.argv.slice(2);
const [username, password] = credentials.split(':');
const NAME = 'outrider.example';
const PATIENCE = 15000;
const NOTE = 'It is <b>known</b> & "told"\n to us {{text}}';

const faults = async (...set) => {
	const answer = await fetch(control + '/_sim/faults', { method: 'POST', body: JSON.stringify({ set }) });
	assert.equal(answer.status, 200);
};
const incidents = async (state) => (await (await fetch(`${address}/api/v1/incidents?state=${state}`)).json()).incidents;
const until = async (what, condition) => {
	for (const end = Date.now() + PATIENCE; Date.now() < end; await new Promise((go) => setTimeout(go, 100)))
		if (await condition())
			return;
	assert.fail(what);
};

const browser = await chromium.launch({
	executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
	args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update',
		`--host-resolver-rules=MAP ${NAME} 127.0.0.1`],
});
const troubles = [];

async function open(more = {}) {
	const context = await browser.newContext(more);
	context.setDefaultTimeout(PATIENCE);
	context.on('page', (page) => {
		page.on('pageerror', (error) => troubles.push(`${error}`));
		page.on('console', (message) => {
			if (message.type() === 'error' && !/ERR_|Failed to load resource|Opener-Policy/.test(message.text()))
				troubles.push(message.text());
		});
	});
	return context.newPage();
}

/* With scripts a page follows by itself, without them its reader loads it anew. */
const shows = (walk, what, condition) => until(what, async () => {
	if (!walk.scripts)
		await walk.page.goto(walk.page.url());
	return condition();
});
const press = (page, name) => page.getByRole('button', { name, exact: true }).click();
/* What changes something. */
const buttons = (page) => page.locator('form:not(.sift) button').allTextContents();
/* A click does not wait for the page that it leads to. */
const said = (page, what, where = '.done[role=status]') => until(`nothing says ${what}`,
	async () => what.test((await page.locator(where).allTextContents()).join(' ')));
const word = (page) => page.locator('.stands .word').textContent();

const steps = {
	async 'a guest logs in'({ page, url }) {
		await page.goto(url);
		assert.deepEqual(await buttons(page), []);
		await page.getByRole('link', { name: 'Log in' }).click();
		await page.waitForURL(url + '/');
		assert.equal(await page.getByRole('link', { name: 'Log in' }).count(), 0);
	},

	async 'a check pauses and goes on'({ page, url }) {
		await page.goto(url + '/checks/gateway-health');
		assert.deepEqual(await buttons(page), ['Run now', 'Pause']);
		await press(page, 'Pause');
		await said(page, /paused/);
		assert.equal(await word(page), 'Paused');
		assert.deepEqual(await buttons(page), ['Resume']);
		await press(page, 'Resume');
		await said(page, /goes on/);
		assert.notEqual(await word(page), 'Paused');
		assert.equal(new URL(page.url()).pathname, '/checks/gateway-health');
	},

	async 'a check runs now'(walk) {
		const { page, url } = walk;
		const last = page.locator('.facts time').first();
		await page.goto(url + '/checks/seldom');
		const before = await last.getAttribute('datetime');
		await press(page, 'Run now');
		await said(page, /run/);
		await shows(walk, 'there is no newer run', async () => await last.getAttribute('datetime') > before);
	},

	async 'a page that is too old says what is wrong'(walk) {
		const { page, url, scripts } = walk;
		if (scripts) /* then it does not stay old */
			return;
		await page.goto(url + '/checks/gateway-stream');
		const other = await page.context().newPage();
		await other.goto(url + '/checks/gateway-stream');
		await press(other, 'Pause');
		await said(other, /paused/);
		await press(page, 'Run now');
		await said(page, /Conflict\s+The check is paused\./, 'main');
		await page.getByRole('link', { name: 'Back to the check' }).click();
		await page.waitForURL(url + '/checks/gateway-stream');
		await press(page, 'Resume');
		await said(page, /goes on/);
		await other.close();
	},

	async 'an incident is acknowledged, and noted'(walk) {
		const { page, url, scripts } = walk;
		await faults('status-500@memory-health');
		await until('no incident is kept', async () => (await incidents('open')).length === 1);
		await page.goto(url);
		await shows(walk, 'no incident', async () => await page.locator('#open a.title').count() === 1);
		await page.locator('#open a.title').click();
		await page.waitForURL(/\/incidents\/./);
		assert.equal(await page.locator('meta[http-equiv=refresh]').count(), 0, 'what one types would be lost');
		await page.getByLabel('Note').fill('half a ');
		if (scripts) { // a result is news each second
			const updated = await page.locator('#updated').textContent();
			await until('nothing new', async () => await page.locator('#updated').textContent() !== updated);
			await page.waitForTimeout(1500);
		}
		await page.getByLabel('Note').pressSequentially('note');
		assert.equal(await page.getByLabel('Note').inputValue(), 'half a note');
		await press(page, 'Acknowledge');
		await said(page, /acknowledged/);
		assert.match(await page.locator('.hero').textContent(), /Acknowledged by ana/);
		assert.deepEqual(await buttons(page), ['Add']);
		await page.getByLabel('Note').fill(NOTE);
		await press(page, 'Add');
		await said(page, /note/);
		const text = await page.locator('.moments .text').last().textContent();
		assert.equal(text, NOTE);
		assert.equal(await page.locator('.moments b', { hasText: 'known' }).count(), 0);
		await faults();
		await shows(walk, 'it goes on', async () => /Resolved/.test(await word(page)));
		assert.deepEqual(await buttons(page), []);
	},

	async 'maintenance is planned from a check, and ended'({ page, url }) {
		await page.goto(url + '/checks/gateway-health');
		await page.getByRole('link', { name: 'Maintenance', exact: true }).click();
		await page.getByLabel('Reason').fill('Move <b>racks</b>');
		assert.equal(await page.getByLabel('For').inputValue(), 'check');
		await page.getByLabel('How long').selectOption('2 hours');
		await press(page, 'Plan');
		await said(page, /window/);
		assert.equal(await word(page), 'Maintenance');
		assert.equal(new URL(page.url()).pathname, '/checks/gateway-health');
		assert.match(await page.locator('.windows li').textContent(), /Move <b>racks<\/b> now.*1 check · by ana/);
		await page.goto(url + '/checks/memory-health');
		assert.equal(await page.locator('.windows li').count(), 0);
		await page.goto(url + '/checks/gateway-health');
		await press(page, 'End now');
		await said(page, /over/);
		assert.notEqual(await word(page), 'Maintenance');
		assert.equal(new URL(page.url()).pathname, '/checks/gateway-health');
	},

	async 'maintenance is planned for a service, and announced'({ page, url }) {
		await page.goto(url);
		await page.getByRole('link', { name: 'Plan maintenance' }).click();
		assert.equal(await page.locator('meta[http-equiv=refresh]').count(), 0, 'what one types would be lost');
		await page.getByLabel('Reason').fill('New disks');
		await page.getByLabel('For').selectOption('memory');
		const tomorrow = new Date(Date.now() + 86400e3).toISOString().slice(0, 16);
		await page.getByLabel('From').fill(tomorrow);
		await press(page, 'Plan');
		await said(page, /window/);
		const reader = await open();
		for (const path of ['/', '/incidents']) { // at once, for everybody
			await reader.goto(url + path);
			assert.match(await reader.locator('.planned').textContent(), /Planned maintenance: New disks\. .*2 checks/);
			assert.equal(await reader.locator('.windows').count(), 0);
		}
		await reader.context().close();
		await page.goto(url);
		assert.equal(await page.locator('.windows time').first().getAttribute('datetime'), `${tomorrow}:00.000Z`);
		await press(page, 'Withdraw');
		await said(page, /withdrawn/);
		assert.equal(await page.locator('.planned, .windows li').count(), 0);
	},
};

/* A page of another site presses our button: the browser sends what it knows of its reader along. */
async function elsewhere({ page, url }) {
	const form = `<!doctype html><form method="post" action="${url}/api/v1/checks/gateway-health/pause"><button>Win</button></form>`;
	const server = http.createServer((request, response) => response.setHeader('Content-Type', 'text/html').end(form));
	await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
	await page.goto(`http://127.0.0.1:${server.address().port}/`);
	await press(page, 'Win');
	await page.waitForURL(/\/pause$/);
	await said(page, /Forbidden\s+A page of another site asked for this/, 'main');
	server.close();
	await page.goto(url + '/checks/gateway-health');
	assert.notEqual(await word(page), 'Paused');
}

/* Who comes by a link to a check, as alerts have it, is asked once, and known on all pages. */
async function fromAlert(url, known) {
	const page = await open(known);
	page.on('response', (response) => response.status() === 403 && troubles.push(`403 ${response.url()}`));
	await page.goto(url + '/checks/gateway-health?result=0000000000000001');
	assert.equal(page.url(), url + '/checks/gateway-health?result=0000000000000001');
	await page.goto(url + '/checks/gateway-health');
	await page.goto(url);
	assert.equal(await page.getByRole('link', { name: 'Log in' }).count(), 0);
	await page.context().close();
	const other = await open(known);
	const incident = `${url}/incidents/${(await incidents('all'))[0].id}`;
	await other.goto(incident);
	await other.getByRole('link', { name: 'Log in' }).click();
	await until('not back', async () => other.url() === incident && await other.getByRole('link', { name: 'Log in' }).count() === 0);
	await other.context().close();
}

/* Who is not known sees no button, however the page comes. */
async function guest({ page, url }) {
	page.on('request', (request) => assert.doesNotMatch(request.url(), /\/api\//)); // events are not for guests
	const incident = (await incidents('all'))[0].id;
	for (const path of ['/', '/?done=pause', '/incidents', `/incidents/${incident}`, `/incidents/${incident}?done=note`]) {
		await page.goto(url + path);
		assert.deepEqual(await buttons(page), [], path);
		assert.equal(await page.locator('.done').count(), 0, path);
	}
	const answer = await page.goto(url + '/checks/gateway-health').catch((error) => error);
	assert.ok(answer instanceof Error ? /AUTH/.test(answer.message) : answer.status() === 401, `${answer}`);
}

try {
	for (const scripts of [true, false]) {
		const url = scripts ? address.replace('127.0.0.1', NAME) : address;
		const known = { javaScriptEnabled: scripts, httpCredentials: { username, password } };
		const walk = { scripts, url, page: await open(known) };
		for (const [name, step] of Object.entries({ ...steps, elsewhere })) {
			const began = Date.now();
			await step(walk);
			console.log(`${name}, ${scripts ? 'with' : 'without'} scripts: ${Date.now() - began} ms`);
		}
		await walk.page.context().close();
		await fromAlert(url, known);
		await guest({ url, page: await open({ javaScriptEnabled: scripts }) });
	}
	assert.deepEqual(troubles, []);
	console.log('done');
} finally {
	await browser.close();
}
