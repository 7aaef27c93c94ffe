"""fargatectl: deploy container apps to AWS Fargate from one short spec."""

__version__ = "0.1.0"
