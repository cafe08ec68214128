"""Class tables: which classes are labelled, and their names, folders, colours, precedence, parents and codes."""

from synthem.labels.class_table import EPFL6, ClassTable
from synthem.labels.label_class import OTHER_PLANES, LabelClass, key_of
from synthem.labels.shipped import Classes, list_class_tables, load_class_table

__all__ = [
    "EPFL6",
    "OTHER_PLANES",
    "ClassTable",
    "Classes",
    "LabelClass",
    "key_of",
    "list_class_tables",
    "load_class_table",
]
