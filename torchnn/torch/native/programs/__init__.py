"""What makes programs: for each family of actions, of plans and of types of arguments."""
