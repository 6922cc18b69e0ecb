"""Singer tap for Genesys Cloud: customers, their conversations and each customer's journey."""
