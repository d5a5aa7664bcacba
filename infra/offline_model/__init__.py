"""The built-in chat model: writes from templates, the same for the same prompt, without network or key."""
