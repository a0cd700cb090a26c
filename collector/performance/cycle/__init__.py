"""What a review leaves behind and looks at again: goals, actions, feedback, terms, our own process."""
