/// How pages look: light and dark, on paper and on a phone. Colours are those of Okabe and Ito
/// ("Color universal design", 2008), which colour-blind people tell apart; lines differ by dashes,
/// too.
enum ReportStyle {
  static let sheet = Markup.style(
    """
    :root{color-scheme:light dark;--page:#fff;--text:#1b1f24;--soft:#57606a;--rule:#d0d7de;\
    --c0:#0072b2;--c1:#b35900;--c2:#007a5a;--c3:#a3497f;--mark:#c23b00}
    @media(prefers-color-scheme:dark){:root{--page:#14171a;--text:#e6e9ec;--soft:#a3adb8;\
    --rule:#3b434b;--c0:#56b4e9;--c1:#e69f00;--c2:#2fc59a;--c3:#e39ac6;--mark:#ff9060}}
    *{box-sizing:border-box}
    body{margin:0 auto;padding:1rem;max-width:44rem;background:var(--page);color:var(--text);\
    font:16px/1.5 system-ui,sans-serif;overflow-wrap:anywhere}
    h1{font-size:1.6rem;margin:.5rem 0}h2{font-size:1.15rem;margin:2rem 0 .5rem;\
    border-bottom:1px solid var(--rule)}
    .summary{font-size:1.05rem}figure{margin:1rem 0}
    svg{display:block;width:100%;height:auto}svg text{font:12px system-ui,sans-serif;\
    fill:var(--text)}
    .grid{stroke:var(--rule);stroke-width:.7}.axis{stroke:var(--soft)}
    .line{fill:none;stroke-width:1.8}.c0{--c:var(--c0)}.c1{--c:var(--c1)}.c2{--c:var(--c2)}\
    .c3{--c:var(--c3)}
    .line{stroke:var(--c)}.dot{fill:var(--c)}.line.c1{stroke-dasharray:5 3}\
    .line.c2{stroke-dasharray:2 2}.line.c3{stroke-dasharray:8 3 2 3}
    .dot:focus,.part:focus{outline:2px solid var(--mark);outline-offset:2px}
    .band{fill:var(--c2);fill-opacity:.18}.mark{fill:none;stroke:var(--mark);stroke-width:2}
    .cell{fill:var(--c0)}.heat{border:1px solid var(--rule)}
    .legend{display:flex;flex-wrap:wrap;gap:.2rem 1rem;font-size:.85rem;color:var(--soft)}
    .key::before{content:"";display:inline-block;width:1.4em;height:0;margin-right:.4em;\
    vertical-align:middle;border-top:3px solid var(--c)}
    .key.c1::before{border-top-style:dashed}.key.c2::before{border-top-style:dotted}
    .key.box::before,.key.none::before,.key.few::before,.key.some::before,.key.all::before,\
    .key.band::before{height:.8em;border:1px solid var(--rule);background:var(--c,transparent)}
    .key.all{--c:var(--c0)}.key.some{--c:color-mix(in srgb,var(--c0) 55%,var(--page))}\
    .key.few{--c:color-mix(in srgb,var(--c0) 22%,var(--page))}.key.band::before{background:var(--c2);opacity:.4}
    .key.mark::before{width:.8em;height:.8em;border:2px solid var(--mark);border-radius:50%}
    .bars{display:grid;grid-template-columns:minmax(2rem,max-content) 1fr max-content;\
    gap:.15rem .6rem;font-size:.85rem;align-items:center}
    .name{max-width:10rem}.bar{display:flex;height:1.1rem;background:none}
    .part{background:var(--c);border-right:1px solid var(--page);min-width:1px}
    .words{color:var(--soft)}
    .part.c1{background:repeating-linear-gradient(45deg,var(--c) 0 4px,transparent 4px 6px)}
    .pixels{display:grid;grid-template-columns:repeat(auto-fit,minmax(14rem,1fr));gap:1rem;\
    max-width:30rem}
    .wide{overflow-x:auto}table{border-collapse:collapse;font-size:.9rem}
    td,th{padding:.15rem .7rem;text-align:right;border-bottom:1px solid var(--rule)}
    dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem;font-size:.9rem}
    dt{color:var(--soft)}dd{margin:0;font-family:ui-monospace,monospace}
    pre{overflow-x:auto;font-size:.8rem;white-space:pre-wrap}
    @media(max-width:36rem){.bars{grid-template-columns:minmax(2rem,max-content) 1fr}\
    .words{grid-column:2;margin-bottom:.3rem}dl{grid-template-columns:1fr}dd{margin-bottom:.4rem}}
    @media print{body{max-width:none}section{break-inside:avoid}*{print-color-adjust:exact;\
    -webkit-print-color-adjust:exact}}
    """)
}
