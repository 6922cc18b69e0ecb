"""HTTP as the tap needs it: one client, paced, retried, authenticated. Knows nothing of conversations."""
