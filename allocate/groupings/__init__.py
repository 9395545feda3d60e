"""Areas in groups, by a deprivation fifth or a place: the one idea of it for audits, reports and the rest."""
