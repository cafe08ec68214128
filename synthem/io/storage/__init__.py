"""The formats: one module per row of the table in `synthem.io.formats`, each a `StorageFormat`."""
