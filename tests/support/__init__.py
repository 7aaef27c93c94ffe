"""What tests of several folders share: an AWS in memory that can be watched, and apps to deploy to it."""
