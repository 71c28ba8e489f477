/** The one stylesheet of all pages; its hash is what the Content-Security-Policy allows. */
export const style = `
:root {
  --page: #eef1f7; --card: #ffffff; --text: #17202e; --muted: #566176; --line: #d5dbe6;
  --accent: #2d4fd0; --accent-text: #ffffff; --soft: #f5f7fc; --badge: #fff3d1; --badge-text: #6b4700;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #0f131b; --card: #181e2a; --text: #edf1f8; --muted: #a5b0c4; --line: #2f3849;
    --accent: #8fa8ff; --accent-text: #0d1430; --soft: #202838; --badge: #3a2f12; --badge-text: #ffd987;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; min-height: 100vh; min-height: 100dvh; display: grid; place-items: center;
  padding: 1.25rem; background: var(--page); color: var(--text);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", "Hiragino Sans", "Noto Sans", sans-serif;
}
main {
  width: 100%; max-width: 28rem; background: var(--card); border: 1px solid var(--line);
  border-radius: 1.25rem; padding: 1.75rem; box-shadow: 0 1rem 3rem rgb(10 20 50 / 0.09);
}
h1 { font-size: 1.5rem; line-height: 1.25; text-wrap: balance; overflow-wrap: anywhere; margin: 1rem 0 0.5rem; letter-spacing: -0.01em; }
h2 { font-size: 1rem; margin: 1.5rem 0 0.5rem; }
p { margin: 0 0 1rem; overflow-wrap: anywhere; }
main > :last-child { margin-bottom: 0; }
.badge {
  display: inline-block; margin: 0; padding: 0.25rem 0.75rem; border-radius: 1rem;
  text-wrap: balance; background: var(--badge); color: var(--badge-text); font-size: 0.8125rem; font-weight: 600;
}
.muted { color: var(--muted); }
.small { font-size: 0.875rem; }
strong, code { overflow-wrap: anywhere; }
code { font: 0.875rem/1.5 ui-monospace, SFMono-Regular, Menlo, monospace; }
form { margin: 0; }
ul { list-style: none; margin: 0 0 1.25rem; padding: 0; }
button {
  font: inherit; color: inherit; cursor: pointer; border: 1px solid var(--line);
  border-radius: 0.875rem; background: var(--soft); padding: 0.75rem 1rem; min-height: 3rem;
  transition: border-color 120ms, background-color 120ms;
}
button:hover { border-color: var(--accent); }
button:focus-visible, a:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.people { display: grid; gap: 0.625rem; margin-bottom: 1.25rem; }
.person {
  position: relative; display: flex; gap: 0.875rem; align-items: center; padding: 0.75rem 1rem;
  border: 1px solid var(--line); border-radius: 0.875rem; background: var(--soft);
  transition: border-color 120ms;
}
.person:hover { border-color: var(--accent); }
.person button {
  border: 0; padding: 0; min-height: 0; background: none; text-align: left; font-weight: 600;
}
.person button::after { content: ""; position: absolute; inset: 0; border-radius: inherit; }
.person button:focus-visible { outline: none; }
.person:focus-within:has(:focus-visible) { outline: 3px solid var(--accent); outline-offset: 2px; }
.avatar {
  flex: none; display: grid; place-items: center; width: 2.75rem; height: 2.75rem;
  border-radius: 50%; color: #fff; font-weight: 700;
}
.tone0 { background: #3556c9; } .tone1 { background: #0d7467; }
.tone2 { background: #a23a76; } .tone3 { background: #8a5210; }
.who { min-width: 0; display: grid; }
.who > * { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.mail { color: var(--muted); font-size: 0.875rem; }
.person.suggested { border-color: var(--accent); }
.list li { padding: 0.25rem 0; }
.scopes li {
  display: flex; flex-wrap: wrap; align-items: baseline; justify-content: space-between;
  gap: 0 0.75rem; padding: 0.625rem 0; border-bottom: 1px solid var(--line);
}
.scopes li:last-child { border-bottom: 0; }
.scopes code { color: var(--muted); }
.choices { display: grid; grid-template-columns: 1fr 1fr; gap: 0.75rem; }
.primary { background: var(--accent); border-color: var(--accent); color: var(--accent-text); font-weight: 600; }
.quiet { width: 100%; background: transparent; color: var(--muted); }
a { color: var(--accent); }
@media (max-width: 26rem) { body { padding: 0.75rem; } main { padding: 1.25rem; } }
@media (prefers-reduced-motion: reduce) { button, .person { transition: none; } }
`;
