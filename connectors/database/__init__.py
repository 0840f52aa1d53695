"""Exchange databases: PostgreSQL and MySQL at the speed of the wire, every other SQLAlchemy dialect row by row."""
