/** The page's only style; its hash stands in the Content-Security-Policy. The look is that of the checkout that follows. */
export const topUpStyle = `
:root{--ink:#16202e;--soft:#526071;--line:#dbe2ea;--paper:#fff;--block:#f4f7fa;--accent:#08734e;--on-accent:#fff;--warn:#8a5a00;--warn-glow:#e0a0002b;--bad:#b3261e;--bad-glow:#b3261e1a}
@media (prefers-color-scheme:dark){:root{--ink:#e8edf3;--soft:#a3b0c0;--line:#2c3744;--paper:#10161e;--block:#18202b;--accent:#56d9a5;--on-accent:#06241a;--warn:#f0be58;--warn-glow:#f0be5824;--bad:#ff8a80;--bad-glow:#ff8a8024}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.6 system-ui,-apple-system,"PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif}
header,main,footer{max-width:36rem;margin:0 auto;padding:0 1.25rem}
header{display:flex;justify-content:space-between;align-items:center;padding-top:1.5rem}
.brand{font-weight:650;letter-spacing:-.01em}
nav{display:flex;gap:.25rem;font-size:.875rem}
nav>*{padding:.3rem .6rem;border-radius:.4rem;color:var(--soft);text-decoration:none}
nav>[aria-current]{background:var(--block);color:var(--ink);font-weight:600}
nav>a:hover{color:var(--ink);text-decoration:underline}
a{color:var(--accent);text-underline-offset:.18em}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px;border-radius:.3rem}
.notice{margin:1.5rem 0 0;padding:.7rem 1.1rem;border-radius:.7rem;background:var(--warn-glow);font-size:.9375rem}
.notice b{color:var(--warn)}
.refused{margin:1.25rem 0 0;padding:.85rem 1.1rem;border:1px solid var(--bad);border-radius:.7rem;background:var(--bad-glow);overflow-wrap:anywhere}
h1{margin:2rem 0 .1rem;font-size:clamp(1.5rem,5vw,2rem);line-height:1.25;letter-spacing:-.02em}
.lead{margin:0;color:var(--soft)}
.amounts{display:grid;grid-template-columns:repeat(3,1fr);gap:.7rem;margin:1.5rem 0 0}
form{margin:0}
button,input,select{min-height:2.9rem;padding:.5rem .9rem;border:1px solid var(--line);border-radius:.6rem;background:var(--paper);color:var(--ink);font:inherit}
button{width:100%;font-weight:600;cursor:pointer}
button:hover{border-color:var(--accent);color:var(--accent)}
.amounts button{min-height:4.4rem;border-radius:.8rem;font-size:1.3rem;font-variant-numeric:tabular-nums}
h2{margin:2.25rem 0 .6rem;font-size:1.125rem;line-height:1.35}
.other{display:grid;grid-template-columns:1fr 11rem;gap:.7rem}
.other input,.other select{width:100%}
.other button{grid-column:1/-1;border-color:var(--accent);background:var(--accent);color:var(--on-accent)}
.other button:hover{color:var(--on-accent);filter:brightness(1.07)}
label{display:block;color:var(--soft);font-size:.875rem}
.hint{margin:.7rem 0 0;color:var(--soft);font-size:.9375rem}
footer{margin-top:3rem;padding-bottom:3rem;color:var(--soft);font-size:.9375rem}
footer p{margin:0;padding-top:1.25rem;border-top:1px solid var(--line)}
@media (max-width:26rem){.other{grid-template-columns:1fr}}
`;
