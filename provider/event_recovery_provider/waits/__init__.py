"""What is waited for: each wait is a pure judgement of what AWS answered, and the conversation that asks."""
