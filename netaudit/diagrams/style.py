"""How a picture looks: one style sheet for light, dark and paper.

Colour is never the only sign: a violated arrow has a mark and a label, a merely possible one is dashed, tiers stand
in columns. The palette (blue, orange, violet, red against grey) stays apart in the common kinds of colour blindness.
"""

from netaudit.diagrams.fonts import FAMILY

SIZES = {
    "heading": 19.0,
    "title": 12.0,
    "detail": 9.5,
    "name": 11.0,
    "kind": 9.5,
    "place": 9.5,
    "badge-text": 9.5,
    "label-text": 10.0,
    "legend": 10.5,
    "footer": 10.5,
}  # font size by class of text: the style sheet says what the layout reckoned with
COLOURS = {
    "violated": "#c4122f",
    "opened": "#c4122f",
    "altered": "#9a6400",
    "closed": "#1c7c6c",
    "allowed": "#8b99ab",
}  # of arrows on white paper, by `Sum.look`: for the formats that have no style sheet
BOLD = {"heading", "title", "name", "badge-text", "label-text"}

LIGHT = """
.paper{fill:#fff}
.box{fill:#f4f6f9;stroke:#c2cbd8}
.box.deep{fill:#eaeef4}
.leaf{fill:#fff;stroke:#c2cbd8}
.card{fill:#eff3f9;stroke:#d5deea}
.violated-card,.opened-card{stroke:#c4122f}.altered-card{stroke:#9a6400}.closed-card{stroke:#1c7c6c}
.heading,.title,.name{fill:#17202c}
.detail,.kind,.legend,.footer{fill:#586474}
.place{fill:#2b5fa8}
.gate-open{fill:#1c7c6c}.gate-perhaps{fill:#9a6400}
.icon{stroke:#586474}
.tier0{fill:#d98e04}.tier1{fill:#4178be}.tier2{fill:#7a4fc0}
.allowed{stroke:#aebac9}.allowed-head{fill:#8b99ab}
.violated,.opened{stroke:#c4122f}.violated-head,.opened-head,.alarm,.opened-alarm{fill:#c4122f}
.altered{stroke:#9a6400}.altered-head,.altered-alarm{fill:#9a6400}
.closed{stroke:#1c7c6c}.closed-head,.closed-alarm{fill:#1c7c6c}
.halo{stroke:#fff}
.exposed{fill:#ffe4ad;stroke:#d98e04}.outside{fill:#dfe6ef;stroke:#a9b6c6}
.badge-text{fill:#4a3200}.outside-text{fill:#2b3644}
.on-badge{stroke:#4a3200}.on-outside{stroke:#2b3644}
.alarm-text,.label-text{fill:#fff}.on-alarm{stroke:#fff}
.rule{stroke:#e3e8ef}
.shade0{fill:#dbe7f6}.shade1{fill:#b9d0ee}.shade2{fill:#8db2e2}.shade3{fill:#5f90d2}.shade4{fill:#356fbd}
.cell{stroke:#8fa6c4}
.ink0,.ink1,.ink2{fill:#17202c}.ink3,.ink4{fill:#fff}
"""
DARK = """
.paper{fill:#12161c}
.box{fill:#1a2029;stroke:#3b4756}
.box.deep{fill:#212935}
.leaf{fill:#151a21;stroke:#3b4756}
.card{fill:#232c39;stroke:#364354}
.violated-card,.opened-card{stroke:#ff5a6e}.altered-card{stroke:#e3a02a}.closed-card{stroke:#4bb8a4}
.heading,.title,.name{fill:#e9eef5}
.detail,.kind,.legend,.footer{fill:#a3b0c0}
.place{fill:#8ab4f0}
.gate-open{fill:#4bb8a4}.gate-perhaps{fill:#e3a02a}
.icon{stroke:#a3b0c0}
.tier0{fill:#e3a02a}.tier1{fill:#5b93da}.tier2{fill:#9b78dd}
.allowed{stroke:#546274}.allowed-head{fill:#7f8fa3}
.violated,.opened{stroke:#ff5a6e}.violated-head,.opened-head,.alarm,.opened-alarm{fill:#ff5a6e}
.altered{stroke:#e3a02a}.altered-head,.altered-alarm{fill:#e3a02a}
.closed{stroke:#4bb8a4}.closed-head,.closed-alarm{fill:#4bb8a4}
.halo{stroke:#12161c}
.exposed{fill:#5a3f06;stroke:#e3a02a}.outside{fill:#2c3847;stroke:#5b6b7f}
.badge-text{fill:#ffe1a3}.outside-text{fill:#d3dce7}
.on-badge{stroke:#ffe1a3}.on-outside{stroke:#d3dce7}
.alarm-text,.label-text{fill:#24060b}.on-alarm{stroke:#24060b}
.rule{stroke:#262f3b}
.shade0{fill:#1d2f47}.shade1{fill:#264468}.shade2{fill:#315d92}.shade3{fill:#4a80c2}.shade4{fill:#79a9e6}
.cell{stroke:#4f6788}
.ink0,.ink1,.ink2{fill:#e9eef5}.ink3,.ink4{fill:#0c1118}
"""
ALWAYS = (
    f"text{{font-family:{FAMILY};white-space:pre}}\n"
    + "".join(
        f".{name}{{font-size:{size:g}px{';font-weight:bold' if name in BOLD else ''}}}\n"
        for name, size in SIZES.items()
    )
    + """.box,.leaf,.card,.badge{stroke-width:1}
.arrow,.halo,.icon{fill:none;stroke-linecap:butt;stroke-linejoin:round}
.icon{stroke-width:1.3}
.wide{stroke-width:2}
.possible{stroke-dasharray:6 4}
.cell.possible{stroke-dasharray:3 2}
.rule{stroke-width:1}
.outline{fill:none;stroke-width:2.4}
"""
)
STYLE = f"\n{ALWAYS}{LIGHT.lstrip()}@media (prefers-color-scheme:dark){{{DARK}}}\n@media print{{{LIGHT}}}\n"
