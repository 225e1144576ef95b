"""People of this node: who they are, what they may do, how they sign in and change shifts."""
