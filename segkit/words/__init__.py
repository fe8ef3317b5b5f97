"""The words of the kit: errors, the glossary of result columns, and the two languages."""
