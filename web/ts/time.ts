// Times in the reader's zone, or in UTC as the server writes them.

const STORED = "outrider.utc";

export const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

export function wantsUtc(): boolean {
	try {
		return localStorage.getItem(STORED) === "1";
	} catch {
		return false; // storage is forbidden
	}
}

export function rememberUtc(utc: boolean): void {
	try {
		localStorage.setItem(STORED, utc ? "1" : "0");
	} catch {
		// for this page only, then
	}
}

const two = (n: number): string => `${n}`.padStart(2, "0");

/** As the server writes it: "2026-11-22" and "10:00:00". */
export const dayOf = (t: Date, utc: boolean): string =>
	utc ? t.toISOString().slice(0, 10) : `${t.getFullYear()}-${two(t.getMonth() + 1)}-${two(t.getDate())}`;
export const clockOf = (t: Date, utc: boolean): string =>
	utc ? t.toISOString().slice(11, 19) : [t.getHours(), t.getMinutes(), t.getSeconds()].map(two).join(":");

/** Rewrites what stands in UTC: the text of each <time>, its title, and a "UTC" behind it. Days stay. */
export function localize(root: ParentNode): void {
	for (const element of root.querySelectorAll<HTMLTimeElement>("time[datetime]")) {
		const t = new Date(element.dateTime);
		if (isNaN(+t))
			continue;
		const put = (text: string): string =>
			text.replace(/\d{4}-\d\d-\d\d(?= \d\d:)/, dayOf(t, false))
				.replace(/\d\d:\d\d(:\d\d)?( UTC)?/, (_, s) => clockOf(t, false).slice(0, s ? 8 : 5));
		const behind = element.nextSibling;
		element.textContent = put(element.textContent!);
		if (element.title)
			element.title = put(element.title);
		if (behind?.nodeValue?.startsWith(" UTC"))
			behind.nodeValue = behind.nodeValue.slice(4);
	}
}

export function ago(ms: number): string {
	const s = Math.max(0, Math.round(ms / 1000));
	return s < 60 ? `${s} s` : s < 3600 ? `${Math.floor(s / 60)} min` : `${Math.floor(s / 3600)} h`;
}
