"""How pages look that show rows, and the one script that there is on some, which searches in groups."""

from __future__ import annotations

from typing import Final

STYLE: Final = """
:root { color-scheme: light dark; --text: #1c2430; --back: #fff; --soft: #5b6675; --line: #d9dee5; --good: #0a6b3d;
  --none: #a8231b; --code: #f3f5f8; --mark: #ffe08a; --c0: #b9c0ca; --c1: #0b6fb3; --c2: #e08a00; --c3: #0e9a72;
  --c4: #c65f9f; --c5: #5b4bb7; --c6: #c8451b; --c7: #4aa5dd; --c8: #8a7a00 }
@media (prefers-color-scheme: dark) { :root { --text: #e4e8ee; --back: #14181f; --soft: #9aa6b5; --line: #323b47;
  --good: #6fd39b; --none: #ff9186; --code: #1e242d; --mark: #7a5c00; --c0: #566170; --c1: #4ea3e0; --c2: #f0a63a;
  --c3: #3cc79b; --c4: #e08cc0; --c5: #9d90ee; --c6: #f0764c; --c7: #8fcdf5; --c8: #c9b93c } }
* { box-sizing: border-box }
body { margin: 2rem auto; padding: 0 1rem; max-width: 75rem; color: var(--text); background: var(--back);
  font: 15px/1.45 system-ui, sans-serif }
h1 { font-size: 1.4rem; margin: 0 } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem }
h4 { margin: 1rem 0 .3rem; font-size: .95rem }
.soft, dt, figcaption, .axis { color: var(--soft) } .none { color: var(--none) } .good { color: var(--good) }
figure { margin: 1.5rem 0 } svg { display: block; width: 100%; height: 160px; border-bottom: 1px solid var(--line) }
figcaption { margin-bottom: .5rem } .axis { display: flex; justify-content: space-between; margin: .2rem 0 }
.c0 { fill: var(--c0); background: var(--c0) } .c1 { fill: var(--c1); background: var(--c1) }
.c2 { fill: var(--c2); background: var(--c2) } .c3 { fill: var(--c3); background: var(--c3) }
.c4 { fill: var(--c4); background: var(--c4) } .c5 { fill: var(--c5); background: var(--c5) }
.c6 { fill: var(--c6); background: var(--c6) } .c7 { fill: var(--c7); background: var(--c7) }
.c8 { fill: var(--c8); background: var(--c8) }
input { font: inherit; width: 100%; max-width: 30rem; padding: .4rem .6rem; color: inherit; background: var(--code);
  border: 1px solid var(--line); border-radius: 4px }
summary { display: flex; gap: .75rem; align-items: baseline; padding: .35rem .25rem; cursor: pointer;
  border-bottom: 1px solid var(--line) }
summary:hover { background: var(--code) } summary b, .title { flex: 1; min-width: 0; overflow-wrap: anywhere }
summary::before { content: "\\25B8"; color: var(--soft); width: .8em; flex: none }
[open] > summary::before { content: "\\25BE" }
details details { margin-left: 1.1rem } details.type { margin-top: 1rem }
.number { min-width: 4.2rem; text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums }
.dot { width: .7rem; height: .7rem; border-radius: 50%; flex: none }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1.5rem; margin: .75rem 0 }
dd { margin: 0; overflow-wrap: anywhere }
code { font: .85em ui-monospace, monospace; color: var(--soft); overflow-wrap: anywhere }
pre { margin: 0; padding: .6rem; background: var(--code); font: .85em/1.4 ui-monospace, monospace; overflow: auto;
  max-height: 30rem; white-space: pre-wrap; overflow-wrap: anywhere }
a { color: var(--c1) } .stopped { color: var(--none); font-weight: 600 }
.wide { overflow-x: auto } table { border-collapse: collapse; width: 100% }
th { text-align: left; color: var(--soft); font-weight: 500 }
th, td { border-bottom: 1px solid var(--line); padding: .3rem .75rem .3rem 0; vertical-align: top }
td { overflow-wrap: anywhere; min-width: 4rem } th.number, td.number { text-align: right; width: 1% }
td .dot { display: inline-block }
td code { color: inherit; white-space: pre-wrap } .example td { color: var(--soft); font-size: .9em }
del, ins { text-decoration: none } del code { color: var(--none) } ins code { color: var(--good) }
mark { background: var(--mark); color: inherit; border-radius: 2px }
details.group > :not(summary) { margin-left: 1.5rem }
@media (max-width: 600px) { body { margin: 1rem auto; padding: 0 .6rem } details details { margin-left: .4rem }
  summary { flex-wrap: wrap; gap: .4rem } .title { flex-basis: 70% } summary b { flex-basis: 45% }
  .number { min-width: 3.4rem } td { overflow-wrap: break-word } td code, .example td { overflow-wrap: anywhere }
  details.group > :not(summary) { margin-left: .5rem } dl { grid-template-columns: 1fr } dd { margin-bottom: .4rem } }
"""

SCRIPT: Final = """
const find = document.getElementById("find"), field = find.querySelector("input");
const groups = [...document.querySelectorAll("details.group")];
const texts = groups.map(group => group.textContent.toLowerCase());
find.hidden = false;
field.addEventListener("input", () => {
  const words = field.value.toLowerCase().split(/\\s+/).filter(Boolean);
  groups.forEach((group, at) => { group.hidden = !words.every(word => texts[at].includes(word)); });
  for (const branch of document.querySelectorAll("details.place, details.type"))
    branch.hidden = !branch.querySelector("details.group:not([hidden])");
});
if (location.hash.length > 1) {
  const group = document.getElementById(location.hash.slice(1));
  if (group) group.open = true;
}
"""
