"""Rules for Prometheus (and vmalert) and routes for Alertmanager, made from the configuration. Pure.

- `rule.py`: what a rule is, and what the file says of it
- `phrases.py`: the templates in which a rule's words stand
- `circuits.py`: circuits and sites that are down or unknown
- `promises.py`: objectives, claims, tickets
- `health.py`: this host's own
- `facts.py`: what the configuration adds, as recorded series
- `book.py`: all of them, in the order of the file
- `routing.py`: Alertmanager's routes, inhibitions and receivers
- `files.py`: the files that `linkledger rules` writes

Everything that a person or a carrier named (names, accounts, telephones) stands in the label of a
recorded series and gets into a text by a look-up: Prometheus expands no template there, so nothing in
a name can break a rule. Identifiers of circuits, sites and contracts are slugs.
"""
