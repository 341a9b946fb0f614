"""One model for many conversations: scheduling, and a rollout server over HTTP."""
