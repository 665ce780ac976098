"""A plan on paper and in tables: one document model, and writers that turn values into bytes."""
