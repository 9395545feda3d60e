"""Finished runs laid side by side: historical, fair share and levelled-up money, and who wins and loses."""
