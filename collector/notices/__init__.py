"""From the stored history to who is told of it: outages and breaches become notices, in this order.

- `notice.py`: what a notice is, and how it is written down (pure)
- `incidents.py`: which are due, and when (pure)
- `briefing.py`: what the configuration and the figures say of a circuit and of a breach (pure)
- `lookout.py`: looks each second, and writes them into the ledger (ledger/notices.py)
- `telling.py`: a worker for each who is told (outputs/notifier.py), in words (outputs/wording.py)
"""
