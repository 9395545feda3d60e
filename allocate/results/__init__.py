"""The faces of a finished allocation: tables, summary, explanation, prices, the files of a run."""
