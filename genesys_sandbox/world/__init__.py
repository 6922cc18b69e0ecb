"""The organization itself: people, staff, conversations and what was changed while it ran."""
