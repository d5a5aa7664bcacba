"""What thinks: LangGraph agents that read, call a chat model and return a value. They never write to the database."""
