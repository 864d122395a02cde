/** The page's only style; its hash stands in the Content-Security-Policy. A status is a word and a sign, never a colour alone. */
export const pageStyle = `
:root{--ink:#16202e;--soft:#526071;--line:#dbe2ea;--paper:#fff;--block:#f4f7fa;--ok:#08734e;--ok-glow:#08734e1a;--warn:#8a5a00;--warn-glow:#e0a0002b;--bad:#b3261e;--bad-glow:#b3261e1a;--none:#526071;--none-glow:#5260711a}
@media (prefers-color-scheme:dark){:root{--ink:#e8edf3;--soft:#a3b0c0;--line:#2c3744;--paper:#10161e;--block:#18202b;--ok:#56d9a5;--ok-glow:#56d9a51f;--warn:#f0be58;--warn-glow:#f0be5824;--bad:#ff8a80;--bad-glow:#ff8a8024;--none:#a3b0c0;--none-glow:#a3b0c01f}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.6 system-ui,-apple-system,"PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif}
a{color:var(--ok);text-underline-offset:.18em}
header,main,footer{max-width:54rem;margin:0 auto;padding:0 1.25rem}
header{display:flex;justify-content:space-between;align-items:center;padding-top:1.5rem}
.brand{font-weight:650;letter-spacing:-.01em}
.brand span{margin-left:.5rem;color:var(--soft);font-weight:400}
nav{display:flex;gap:.25rem;font-size:.875rem}
nav>*{padding:.3rem .6rem;border-radius:.4rem;color:var(--soft);text-decoration:none}
nav>[aria-current]{background:var(--block);color:var(--ink);font-weight:600}
nav>a:hover{color:var(--ink);text-decoration:underline}
:focus-visible{outline:3px solid var(--ok);outline-offset:2px;border-radius:.3rem}
.operational,.none{--tone:var(--ok);--glow:var(--ok-glow)}
.degraded,.minor{--tone:var(--warn);--glow:var(--warn-glow)}
.outage,.major,.critical{--tone:var(--bad);--glow:var(--bad-glow)}
.unknown{--tone:var(--none);--glow:var(--none-glow)}
.overall{display:flex;align-items:center;gap:1.1rem;margin:2.5rem 0 0;padding:1.4rem 1.5rem;border-radius:.9rem;background:var(--glow)}
.sign{flex:none;display:grid;place-items:center;width:1.35em;height:1.35em;border-radius:50%;background:var(--tone);color:var(--paper);font-size:.8em;font-weight:700;line-height:1}
.overall>.sign{font-size:1.5rem}
h1{margin:0;font-size:clamp(1.4rem,4.5vw,1.9rem);line-height:1.25;letter-spacing:-.02em}
.overall p{margin:.15rem 0 0;color:var(--soft);font-size:.9375rem}
.notice{margin:1rem 0 0;padding:.85rem 1.1rem;border:1px solid var(--warn);border-radius:.7rem;background:var(--warn-glow)}
h2{margin:2.75rem 0 .1rem;font-size:1.125rem;line-height:1.35}
h2+p{margin:0 0 1rem;color:var(--soft);font-size:.9375rem}
.models{margin:0;padding:0;border:1px solid var(--line);border-radius:.75rem;list-style:none;overflow:hidden}
.models>li{padding:.8rem 1.1rem .85rem}
.models>li+li{border-top:1px solid var(--line)}
.row{display:flex;flex-wrap:wrap;align-items:center;gap:0 1rem}
h3{flex:1 1 12rem;margin:0;min-width:0;font-size:1rem;font-weight:600;overflow-wrap:anywhere}
.state{flex:none;display:inline-flex;align-items:center;gap:.45rem;color:var(--tone);font-size:.9375rem;font-weight:600}
.when{color:var(--soft);font-size:.875rem}
.providers{margin:.25rem 0 0;padding:0;color:var(--soft);font-size:.875rem;list-style:none}
.providers>li{display:flex;flex-wrap:wrap;gap:0 .9rem}
.providers b{color:var(--ink);font-weight:500}
.providers i{color:var(--tone);font-style:normal;font-weight:600}
.figure,time{font-variant-numeric:tabular-nums}
.empty{padding:1.6rem 1.25rem;border:1px dashed var(--line);border-radius:.75rem;color:var(--soft)}
.more{color:var(--soft)}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.45rem 1.1rem;margin:.9rem 0 0;font-size:.9375rem}
dd{margin:0;color:var(--soft)}
footer{margin-top:3rem;padding-bottom:3rem;color:var(--soft)}
footer ul{display:flex;flex-wrap:wrap;gap:.4rem 1.75rem;margin:0;padding:1.25rem 0 0;border-top:1px solid var(--line);list-style:none}
@media (max-width:34rem){.when{order:1;flex-basis:100%}.overall{padding:1.1rem}.overall>.sign{font-size:1.2rem}dl{grid-template-columns:1fr;gap:.1rem}dd{margin-bottom:.6rem}}
@media (forced-colors:active){.sign{border:1px solid}.overall,.models{border:1px solid}}
`;
