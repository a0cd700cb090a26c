"""A whole contract in plain sentences, to be read against its paper. Pure: terms in, sentences out.

What is left out of a contract is said too ("No minimum: every second of an outage counts."), and
every rule that readers of such contracts get wrong. Each module has the sentences of one part.
"""
