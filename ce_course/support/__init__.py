"""What the other rooms stand on: files written whole, checks of arguments, what a learner did."""
