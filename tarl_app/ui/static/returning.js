// What was open on this page may be gone from the app: it was restarted (Gradio reloads the page then), or the machine
// slept, or the network was away. The tab that was open is opened again, and the app is told what was shown there; it also
// asks for that, by a new value, when it knows nothing of the page any more. A reload by hand finds the same app, and begins
// afresh.
const { app, what } = element.querySelector('[data-app]').dataset;
const KEPT = 'tarl-left-' + what;
const TICK = 1000; // milliseconds
const SLEPT = 30000;
const LOST = /connection to the server was lost/i; // Gradio says so, and loads the page again as soon as it can
const find = (selector) => document.querySelector(selector);
const tabs = () => [...document.querySelectorAll('[role="tab"]')];
const SHOWN = {
  talk: () => (find('#tarl-download a')?.getAttribute('href') || '').match(/([^/]+)\.zip$/)?.[1]
    || (find('#tarl-voice [data-mood][data-live="true"]') ? 'line' : ''), // nothing was said yet
  compare: () => (find('#cmp-transcript-a .ev-row') && !find('#cmp-back')?.offsetParent ? 'both' : ''),
  evaluate: () => [ // what was picked: an episode, a number or an evaluation, and a case
    find('#eval-episodes .bo-chosen [data-pick]')?.dataset.pick
      || (find('#eval-episodes [data-shown]') || find('#eval-details [data-shown]'))?.dataset.shown,
    find('#eval-cases .bo-chosen [data-pick]')?.dataset.pick,
  ].filter(Boolean).join('\n'),
  train: () => [ // the run, and those whose curves are drawn beside its own
    find('#train-runs .ru-chosen [data-pick]')?.dataset.pick,
    ...[...document.querySelectorAll('#train-runs [data-draw]:checked:not(:disabled)')].map((one) => one.dataset.draw),
  ].filter(Boolean).join('\n'),
};
const shown = SHOWN[what];
const toast = () => LOST.test(find('.toast-wrap')?.textContent || '');
let lost = false;
let left = null;
let leaving = 0; // when the page began to be left: until the next one comes, requests are cut that no network has lost
try { left = JSON.parse(sessionStorage.getItem(KEPT)); sessionStorage.removeItem(KEPT); } catch { /* a private window */ }

// What Gradio says now may be of the requests that leaving has ended: before it loads the page again itself, it has said
// for two seconds that the connection was lost.
window.addEventListener('beforeunload', () => { leaving = Date.now(); });
window.addEventListener('pagehide', () => {
  const tab = tabs().find((one) => one.getAttribute('aria-selected') === 'true')?.textContent.trim() || '';
  try { sessionStorage.setItem(KEPT, JSON.stringify({ app, tab, shown: shown(), lost })); } catch { /* not found again then */ }
});
if (left && (left.app !== app || left.lost)) {
  // Once, by the tab with which the page begins: others are built when somebody opens them.
  if (left.tab && what === 'talk') tabs().find((one) => one.textContent.trim() === left.tab)?.click();
  if (left.shown) trigger('returned', { shown: String(left.shown), why: left.app !== app ? 'restarted' : 'away' });
}

let looked = Date.now();
setInterval(() => {
  const slept = Date.now() - looked > SLEPT;
  looked = Date.now();
  if (toast() && looked - leaving > SLEPT) lost = true;
  if (slept && shown()) trigger('returned', { shown: shown(), why: 'away' });
}, TICK);
watch('value', () => trigger('returned', { shown: shown(), why: 'asked' }));
window.addEventListener('offline', () => { lost = true; });
window.addEventListener('online', () => { if (shown()) trigger('returned', { shown: shown(), why: 'away' }); });
