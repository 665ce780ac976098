"""Text in, values out: profiles, packs, manifests, lists and site files; no I/O.

`read.read` reads what names images, `site.parse_site` a site file. From bottom to top:

    tree         YAML and JSON as written, with lines
    macros       {{.spectro...}}, filled in
    mention      one mention of an image
    parts        packs and profiles, before their images are looked at
    kinds        what a text is, by its content
    pack         what a pack's list and manifests name
    lint         findings
    read         all of it
"""
