// What was open on this page may be gone from the app: it was restarted (Gradio reloads the page then), or the machine
// slept, or the network was away. The tab that was open is opened again, and the app is told what was shown there. A reload
// by hand finds the same app, and begins afresh.
const { app, what } = element.querySelector('[data-app]').dataset;
const KEPT = 'tarl-left-' + what;
const TICK = 1000; // milliseconds
const SLEPT = 30000;
const LOST = /connection to the server was lost/i; // Gradio says so, and loads the page again as soon as it can
const tabs = () => [...document.querySelectorAll('[role="tab"]')];
const shown = () => (what === 'compare'
  ? (document.querySelector('#cmp-transcript-a .ev-row') && !document.querySelector('#cmp-back')?.offsetParent ? 'both' : '')
  : (document.querySelector('#tarl-download a')?.getAttribute('href') || '').match(/([^/]+)\.zip$/)?.[1] || '');
const toast = () => LOST.test(document.querySelector('.toast-wrap')?.textContent || '');
let lost = false;
let left = null;
let leaving = 0; // when the page began to be left: until the next one comes, requests are cut that no network has lost
try { left = JSON.parse(sessionStorage.getItem(KEPT)); sessionStorage.removeItem(KEPT); } catch { /* a private window */ }

window.addEventListener('beforeunload', () => {
  if (toast()) lost = true;
  leaving = Date.now();
});
window.addEventListener('pagehide', () => {
  const tab = tabs().find((one) => one.getAttribute('aria-selected') === 'true')?.textContent.trim() || '';
  try { sessionStorage.setItem(KEPT, JSON.stringify({ app, tab, shown: shown(), lost })); } catch { /* not found again then */ }
});
if (left && (left.app !== app || left.lost)) {
  if (left.tab) tabs().find((one) => one.textContent.trim() === left.tab)?.click();
  if (left.shown) trigger('returned', { shown: String(left.shown), why: left.app !== app ? 'restarted' : 'away' });
}

let looked = Date.now();
setInterval(() => {
  const slept = Date.now() - looked > SLEPT;
  looked = Date.now();
  if (toast() && looked - leaving > SLEPT) lost = true;
  if (slept && shown()) trigger('returned', { shown: shown(), why: 'away' });
}, TICK);
window.addEventListener('offline', () => { lost = true; });
window.addEventListener('online', () => { if (shown()) trigger('returned', { shown: shown(), why: 'away' }); });
