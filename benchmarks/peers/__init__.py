"""Other ways to make the same things in AWS, each as good as its kind allows."""
