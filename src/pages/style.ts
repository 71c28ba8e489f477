/** The stylesheet of all pages, light and dark. */
export const style = `
:root {
  color-scheme: light dark;
  --page: #f7f7fb; --glow: #e4e6ff; --card: #ffffff; --text: #16161f; --muted: #5a5b6e;
  --line: #e0e1ec; --accent: #4338ca; --accent-strong: #352bb0; --on-accent: #ffffff;
  --good: #0b6b43; --good-soft: #ddf5e8; --shadow: 0 1px 2px rgb(22 22 50 / 0.05), 0 12px 32px -12px rgb(22 22 50 / 0.12);
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #0f0f16; --glow: #1d1b3f; --card: #181821; --text: #f0f0f6; --muted: #a9aabd;
    --line: #2c2c3a; --accent: #a5a8ff; --accent-strong: #c0c2ff; --on-accent: #14123a;
    --good: #7fe0b0; --good-soft: #10301f; --shadow: none;
  }
}
*, *::before { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0; min-height: 100vh; min-height: 100dvh; display: flex; flex-direction: column;
  background: radial-gradient(60rem 28rem at 50% -10rem, var(--glow), transparent) no-repeat var(--page);
  color: var(--text);
  font: 1rem/1.6 system-ui, -apple-system, "Segoe UI", Roboto, "Hiragino Sans", "Noto Sans", sans-serif;
}
.bar, main, footer { width: 100%; max-width: 64rem; margin-inline: auto; padding-inline: clamp(1.25rem, 4vw, 2rem); }
.bar { display: flex; align-items: center; justify-content: space-between; gap: 1rem; padding-block: 1.25rem; }
.brand { display: inline-flex; align-items: center; gap: 0.625rem; font-weight: 650; color: inherit; text-decoration: none; }
.mark { width: 2rem; height: 2rem; flex: none; }
.mark rect { fill: var(--accent); }
.mark path { fill: none; stroke: var(--on-accent); stroke-width: 3.5; stroke-linecap: round; }
nav { display: flex; gap: 0.25rem; }
nav a { padding: 0.5rem 0.875rem; border-radius: 999px; color: var(--muted); text-decoration: none; font-weight: 550; }
nav a:hover { color: var(--text); }
nav a[aria-current] { color: var(--text); background: var(--card); box-shadow: inset 0 0 0 1px var(--line); }
main { flex: 1; padding-block: clamp(1rem, 4vw, 2.75rem) 2.5rem; }
footer { padding-block: 0 1.75rem; color: var(--muted); font-size: 0.875rem; }
h1, h2, h3, p { margin: 0; overflow-wrap: anywhere; }
h1 { font-size: clamp(1.875rem, 1.2rem + 3vw, 3.25rem); line-height: 1.1; letter-spacing: -0.025em; text-wrap: balance; }
h2 { font-size: 1.125rem; margin-bottom: 1rem; }
h3 { font-size: 1rem; margin-bottom: 0.375rem; }
code { font: 0.875em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; overflow-wrap: anywhere; }
a { color: var(--accent); text-underline-offset: 0.2em; }
a:hover { color: var(--accent-strong); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 3px; border-radius: 0.5rem; }
.skip { position: absolute; left: 1rem; top: -4rem; padding: 0.5rem 1rem; background: var(--card); border-radius: 0.5rem; }
.skip:focus { top: 1rem; }
.eyebrow { color: var(--accent); font-size: 0.875rem; font-weight: 650; margin-bottom: 0.5rem; }
.muted { color: var(--muted); }
.hero { max-width: 44rem; padding-block: clamp(0.5rem, 2vw, 1.25rem) clamp(3rem, 6vw, 4.25rem); }
.hero .avatar { margin-bottom: 1.25rem; }
.lead { color: var(--muted); font-size: clamp(1.0625rem, 1rem + 0.4vw, 1.25rem); margin-top: 1rem; max-width: 36rem; text-wrap: balance; }
.actions { display: flex; flex-wrap: wrap; gap: 0.75rem; margin-top: 2rem; }
.button {
  display: inline-flex; align-items: center; justify-content: center; min-height: 3rem; padding: 0.625rem 1.5rem;
  border: 1px solid var(--line); border-radius: 0.875rem; background: var(--card); color: var(--text);
  font: inherit; font-weight: 600; text-decoration: none; cursor: pointer;
  transition: background-color 120ms, border-color 120ms;
}
.button:hover { border-color: var(--accent); color: var(--text); }
.button:focus-visible { border-radius: 0.875rem; }
.primary, .primary:hover { background: var(--accent); border-color: var(--accent); color: var(--on-accent); }
.primary:hover { background: var(--accent-strong); border-color: var(--accent-strong); }
form { margin: 0; }
.cards { list-style: none; margin: 0; padding: 0; display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(min(16rem, 100%), 1fr)); }
.cards li, .card { background: var(--card); border: 1px solid var(--line); border-radius: 1.25rem; box-shadow: var(--shadow); }
.cards li { padding: 1.25rem 1.375rem; }
.cards p { color: var(--muted); font-size: 0.9375rem; }
.card { max-width: 48rem; margin-inline: auto; padding: clamp(1.25rem, 5vw, 2.5rem); }
.card h1 { font-size: clamp(1.5rem, 1.2rem + 1.5vw, 2.125rem); }
.card .eyebrow { margin-bottom: 0.125rem; }
.person { display: flex; align-items: center; gap: 1.125rem; }
.person > div { min-width: 0; }
.avatar {
  flex: none; display: grid; place-items: center; width: 4rem; height: 4rem; border-radius: 50%;
  background: var(--accent); color: var(--on-accent); font-size: 1.375rem; font-weight: 650;
}
dl { margin: 1.75rem 0 0; }
dl > div { display: grid; gap: 0.125rem 1.5rem; padding-block: 0.9375rem; border-top: 1px solid var(--line); }
dt { color: var(--muted); font-size: 0.9375rem; }
dd { margin: 0; overflow-wrap: anywhere; }
.card .actions { margin-top: 0.75rem; }
.badge {
  display: inline-block; margin-left: 0.375rem; padding: 0.0625rem 0.625rem; border-radius: 999px;
  background: var(--good-soft); color: var(--good); font-size: 0.8125rem; font-weight: 600;
}
@media (min-width: 40rem) { dl > div { grid-template-columns: 8.5rem 1fr; } }
@media (max-width: 26rem) { .hero .actions > *, .hero .actions .button, .card .actions > *, .card .actions .button { width: 100%; } }
@media (prefers-reduced-motion: reduce) { .button { transition: none; } }
`;
