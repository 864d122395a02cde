/** The page's only style; its hash stands in the Content-Security-Policy. One click marks a whole block. */
export const pageStyle = `
:root{--ink:#16202e;--soft:#566173;--line:#dde3ea;--paper:#fff;--block:#f5f7fa;--accent:#0a7d55}
@media (prefers-color-scheme:dark){:root{--ink:#e8edf3;--soft:#9aa7b8;--line:#2b3542;--paper:#11171f;--block:#19212c;--accent:#4fd6a0}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.6 system-ui,-apple-system,"PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif}
main{max-width:46rem;margin:0 auto;padding:2rem 1.25rem 4rem}
nav{text-align:right;color:var(--soft);font-size:.875rem}
h1{display:flex;align-items:center;gap:.75rem;margin:1.5rem 0 .5rem;font-size:1.9rem;line-height:1.25;letter-spacing:-.01em}
h2{margin:2.5rem 0 .5rem;font-size:1.1rem}
p{margin:.25rem 0 .75rem}
.lead{color:var(--soft);font-size:1.05rem}
.dot{width:.7rem;height:.7rem;border-radius:50%;background:var(--accent)}
a{color:var(--accent)}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.5rem 1.5rem;margin:1.75rem 0;padding:1.1rem 1.25rem;border:1px solid var(--line);border-radius:.6rem}
dt{color:var(--soft)}
dd{margin:0;min-width:0;overflow-wrap:anywhere}
code,pre{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:.875rem}
pre{margin:.5rem 0;padding:1rem 1.1rem;overflow-x:auto;background:var(--block);border:1px solid var(--line);border-radius:.6rem;line-height:1.55}
.copy{-webkit-user-select:all;user-select:all}
ul{padding-left:1.2rem}
@media (max-width:32rem){dl{grid-template-columns:1fr;gap:.1rem}dd{margin-bottom:.5rem}}
`;
