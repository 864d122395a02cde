/** The page's only style; its hash stands in the Content-Security-Policy. The look is that of the first steps and the status page. */
export const checkoutStyle = `
:root{--ink:#16202e;--soft:#526071;--line:#dbe2ea;--paper:#fff;--block:#f4f7fa;--accent:#08734e;--on-accent:#fff;--glow:#08734e1a;--warn:#8a5a00;--warn-glow:#e0a0002b;--bad:#b3261e;--bad-glow:#b3261e1a}
@media (prefers-color-scheme:dark){:root{--ink:#e8edf3;--soft:#a3b0c0;--line:#2c3744;--paper:#10161e;--block:#18202b;--accent:#56d9a5;--on-accent:#06241a;--glow:#56d9a51f;--warn:#f0be58;--warn-glow:#f0be5824;--bad:#ff8a80;--bad-glow:#ff8a8024}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.6 system-ui,-apple-system,"PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif}
header,main,footer{max-width:36rem;margin:0 auto;padding:0 1.25rem}
header{display:flex;justify-content:space-between;align-items:center;padding-top:1.5rem}
.brand{font-weight:650;letter-spacing:-.01em}
.brand span{margin-left:.5rem;color:var(--soft);font-weight:400}
nav{display:flex;gap:.25rem;font-size:.875rem}
nav>*{padding:.3rem .6rem;border-radius:.4rem;color:var(--soft);text-decoration:none}
nav>[aria-current]{background:var(--block);color:var(--ink);font-weight:600}
nav>a:hover{color:var(--ink);text-decoration:underline}
a{color:var(--accent);text-underline-offset:.18em}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px;border-radius:.3rem}
.notice{margin:1.5rem 0 0;padding:.7rem 1.1rem;border-radius:.7rem;background:var(--warn-glow);font-size:.9375rem}
.notice b{color:var(--warn)}
.overall{--tone:var(--accent);--tint:var(--glow);display:flex;align-items:center;gap:1.1rem;margin:1.75rem 0 0;padding:1.3rem 1.5rem;border-radius:.9rem;background:var(--tint)}
.overall.failed{--tone:var(--bad);--tint:var(--bad-glow)}
.overall.expired,.overall.partly{--tone:var(--warn);--tint:var(--warn-glow)}
.sign{flex:none;display:grid;place-items:center;width:2.1rem;height:2.1rem;border-radius:50%;background:var(--tone);color:var(--paper);font-weight:700;line-height:1}
h1{margin:2rem 0 0;font-size:clamp(1.5rem,5vw,2rem);line-height:1.25;letter-spacing:-.02em;font-variant-numeric:tabular-nums}
.overall h1{margin:0;font-size:clamp(1.3rem,4.5vw,1.7rem)}
.overall p{margin:.15rem 0 0;color:var(--soft);font-size:.9375rem}
.balance{margin:1rem 0 0;padding:1.1rem 1.5rem;border:1px solid var(--line);border-radius:.9rem}
.balance dt{color:var(--soft);font-size:.9375rem}
.balance dd{margin:.1rem 0 0;font-size:clamp(1.6rem,7vw,2.25rem);font-weight:650;line-height:1.2;letter-spacing:-.02em;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
.balance dd small{color:var(--soft);font-size:.5em;font-weight:400;letter-spacing:0}
.facts{margin:1.25rem 0 0;border:1px solid var(--line);border-radius:.75rem;overflow:hidden}
.facts>div{display:grid;grid-template-columns:8rem 1fr;gap:.1rem 1rem;padding:.6rem 1.25rem}
.facts>div+div{border-top:1px solid var(--line)}
.facts dt{color:var(--soft)}
.facts dd{margin:0;min-width:0;overflow-wrap:anywhere;font-variant-numeric:tabular-nums}
.facts dd small{display:block;color:var(--soft);font-size:.875rem}
code{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:.875rem}
.choices{display:grid;gap:.6rem;margin:1.5rem 0 0}
form{margin:0}
button{width:100%;min-height:2.9rem;padding:.6rem 1.25rem;border:1px solid var(--line);border-radius:.6rem;background:var(--paper);color:var(--ink);font:inherit;font-weight:600;cursor:pointer}
button:hover{border-color:var(--accent);color:var(--accent)}
button.first{border-color:var(--accent);background:var(--accent);color:var(--on-accent);font-size:1.0625rem}
button.first:hover{filter:brightness(1.07)}
h2{margin:2.5rem 0 .1rem;font-size:1.125rem;line-height:1.35}
h2+p{margin:0 0 1rem;color:var(--soft);font-size:.9375rem}
.rehearsals,.payments{margin:0;padding:0;border:1px solid var(--line);border-radius:.75rem;list-style:none;overflow:hidden}
.rehearsals>li{display:grid;grid-template-columns:1fr 10.5rem;gap:.4rem 1.25rem;align-items:center;padding:.8rem 1.1rem}
.rehearsals>li+li,.payments>li+li{border-top:1px solid var(--line)}
.rehearsals p{margin:0;color:var(--soft);font-size:.9375rem}
.rehearsals button{min-height:2.4rem;padding:.3rem .8rem;font-size:.9375rem}
.payments>li{display:flex;flex-wrap:wrap;justify-content:space-between;gap:.1rem 1.25rem;padding:.7rem 1.1rem}
.payments b{font-variant-numeric:tabular-nums}
.payments .credited{color:var(--accent);font-weight:600}
.payments .suspense{color:var(--warn);font-weight:600}
.payments code{flex-basis:100%;color:var(--soft);overflow-wrap:anywhere}
.more{color:var(--soft);font-size:.9375rem}
footer{margin-top:3rem;padding-bottom:3rem;color:var(--soft);font-size:.9375rem}
footer p{margin:0;padding-top:1.25rem;border-top:1px solid var(--line)}
@media (max-width:30rem){.facts>div{grid-template-columns:1fr}.facts dt{font-size:.875rem}.rehearsals>li{grid-template-columns:1fr}.overall{padding:1.1rem}}
@media (forced-colors:active){.sign,.overall{border:1px solid}}
`;
