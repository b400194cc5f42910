"""How the schema became what it is, for Alembic."""
