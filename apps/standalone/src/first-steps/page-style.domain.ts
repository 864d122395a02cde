/** The page's only style; its hash stands in the Content-Security-Policy. One click marks a whole block of code. */
export const pageStyle = `
:root{--ink:#16202e;--soft:#526071;--line:#dbe2ea;--paper:#fff;--block:#f4f7fa;--accent:#08734e;--on-accent:#fff;--glow:#08734e1f}
@media (prefers-color-scheme:dark){:root{--ink:#e8edf3;--soft:#a3b0c0;--line:#2c3744;--paper:#10161e;--block:#18202b;--accent:#56d9a5;--on-accent:#06241a;--glow:#56d9a526}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.6 system-ui,-apple-system,"PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif}
header,main,footer{max-width:54rem;margin:0 auto;padding:0 1.25rem}
header{display:flex;justify-content:space-between;align-items:center;padding-top:1.5rem}
.brand{font-weight:650;letter-spacing:-.01em}
nav{display:flex;gap:.25rem;font-size:.875rem}
nav>*{padding:.3rem .6rem;border-radius:.4rem;color:var(--soft);text-decoration:none}
nav>[aria-current]{background:var(--block);color:var(--ink);font-weight:600}
nav>a:hover{color:var(--ink);text-decoration:underline}
h1{display:flex;align-items:center;gap:.85rem;margin:2.75rem 0 .5rem;font-size:clamp(1.7rem,5vw,2.25rem);line-height:1.2;letter-spacing:-.02em}
.dot{flex:none;margin-left:.35rem;width:.75rem;height:.75rem;border-radius:50%;background:var(--accent);box-shadow:0 0 0 .35rem var(--glow)}
.lead{max-width:40rem;margin:0;color:var(--soft);font-size:1.075rem}
h2{margin:0 0 .35rem;font-size:1.125rem;line-height:1.35}
p{margin:.25rem 0 .75rem}
a{color:var(--accent);text-underline-offset:.18em}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px;border-radius:.3rem}
code,pre{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:.875rem}
dd code{overflow-wrap:anywhere}
p code{padding:.1em .35em;white-space:nowrap;border-radius:.3rem;background:var(--block)}
.facts{margin:2rem 0 0;border:1px solid var(--line);border-radius:.75rem;overflow:hidden}
.facts>div{display:grid;grid-template-columns:7rem 1fr auto;gap:.25rem 1rem;align-items:center;min-height:3.25rem;padding:.6rem 1rem .6rem 1.25rem}
.facts>div+div{border-top:1px solid var(--line)}
dt{color:var(--soft)}
dd{margin:0;min-width:0}
dd.hidden{color:var(--soft)}
ol{margin:0;padding:0;list-style:none;counter-reset:step}
ol>li{position:relative;margin-top:2.5rem;padding-left:3.25rem;counter-increment:step}
ol>li::before{content:counter(step);position:absolute;left:0;top:-.2rem;width:2rem;height:2rem;border-radius:50%;background:var(--glow);color:var(--accent);font-weight:650;line-height:2rem;text-align:center}
.block{position:relative;margin:.6rem 0}
pre code{font-size:.8125rem}
pre{margin:0;padding:.95rem 1.1rem;background:var(--block);border:1px solid var(--line);border-radius:.6rem;line-height:1.6;white-space:pre-wrap;overflow-wrap:anywhere}
pre code,dd code{-webkit-user-select:all;user-select:all}
button{padding:.3rem .7rem;border:1px solid var(--line);border-radius:.4rem;background:var(--paper);color:var(--ink);font:inherit;font-size:.8125rem;line-height:1.35;cursor:pointer}
button:hover{border-color:var(--accent);color:var(--accent)}
.block>button{position:absolute;top:.55rem;right:.55rem}
.go{margin:.75rem 0 0}
.go a{display:inline-block;padding:.5rem 1.1rem;border-radius:.6rem;background:var(--accent);color:var(--on-accent);font-weight:600;text-decoration:none}
.go a:hover{filter:brightness(1.07)}
details{margin:.5rem 0}
summary{width:max-content;padding:.2rem .4rem .2rem 0;color:var(--soft);cursor:pointer}
details[open]>summary,summary:hover{color:var(--ink)}
footer{margin-top:3.5rem;padding-bottom:3rem;color:var(--soft)}
footer ul{display:flex;flex-wrap:wrap;gap:.4rem 1.75rem;margin:0;padding:1.25rem 0 0;border-top:1px solid var(--line);list-style:none}
[role=status]{position:absolute;width:1px;height:1px;margin:-1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
@media (max-width:40rem){.facts>div{grid-template-columns:1fr auto}.facts dt{grid-column:1/-1;font-size:.875rem}ol>li{padding-left:0}ol>li::before{position:static;display:block;margin-bottom:.6rem}.block>button{position:static;display:block;margin:.4rem 0 0 auto}.block>button[hidden]{display:none}}
`;
