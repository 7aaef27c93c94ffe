#!/usr/bin/env bash
# The same resources as a CloudFormation stack; the default VPC is looked up first, since a template cannot.
set -euo pipefail
read -r vpc subnets < <(aws ec2 describe-subnets --filters Name=default-for-az,Values=true \
  --query '[Subnets[0].VpcId, join(`,`, Subnets[].SubnetId)]' --output text)
aws cloudformation deploy --stack-name "$BENCH_APP" --template-file "$(dirname "$0")/template.yml" \
  --capabilities CAPABILITY_NAMED_IAM --tags "app=$BENCH_APP" --parameter-overrides \
  "App=$BENCH_APP" "Image=$BENCH_IMAGE" "Vpc=$vpc" "Subnets=$subnets"
