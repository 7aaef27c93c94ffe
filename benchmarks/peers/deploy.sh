#!/usr/bin/env bash
# A first deployment with the AWS CLI: every call once, nothing looked at that need not be.
# BENCH_APP names what is made, BENCH_IMAGE is what runs.
set -euo pipefail
app=$BENCH_APP region=$AWS_REGION
tags="Key=app,Value=$app" ecs_tags="key=app,value=$app"

# One look-up: the VPC, the account, and the subnets joined with commas.
read -r vpc account subnets < <(aws ec2 describe-subnets --filters Name=default-for-az,Values=true \
  --query '[Subnets[0].VpcId, Subnets[0].OwnerId, join(`,`, Subnets[].SubnetId)]' --output text)

aws ecr create-repository --repository-name "$app" --image-tag-mutability IMMUTABLE \
  --image-scanning-configuration scanOnPush=true --tags "$tags" >/dev/null
aws ecr put-lifecycle-policy --repository-name "$app" --lifecycle-policy-text '{"rules": [{"rulePriority": 1,
  "selection": {"tagStatus": "tagged", "tagPrefixList": ["web"], "countType": "imageCountMoreThan",
  "countNumber": 20}, "action": {"type": "expire"}}]}' >/dev/null

aws logs create-log-group --log-group-name "/ecs/$app" --tags "app=$app"
aws logs put-retention-policy --log-group-name "/ecs/$app" --retention-in-days 30

trust='{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
  "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Condition": {
  "StringEquals": {"aws:SourceAccount": "'$account'"},
  "ArnLike": {"aws:SourceArn": "arn:aws:ecs:'$region:$account':*"}}}]}'
execution=$(aws iam create-role --role-name "$app-execution" --assume-role-policy-document "$trust" \
  --tags "$tags" --query Role.Arn --output text)
task=$(aws iam create-role --role-name "$app-task" --assume-role-policy-document "$trust" \
  --tags "$tags" --query Role.Arn --output text)
aws iam put-role-policy --role-name "$app-execution" --policy-name deploy --policy-document '{
  "Version": "2012-10-17", "Statement": [
  {"Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "*"},
  {"Effect": "Allow", "Action": ["ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer",
    "ecr:BatchGetImage"], "Resource": "arn:aws:ecr:'"$region:$account:repository/$app"'"},
  {"Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
    "Resource": "arn:aws:logs:'"$region:$account:log-group:/ecs/$app"':*"}]}'

aws ecs create-cluster --cluster-name "$app-cluster" --capacity-providers FARGATE FARGATE_SPOT \
  --default-capacity-provider-strategy capacityProvider=FARGATE,weight=1 --tags "$ecs_tags" >/dev/null

group=$(aws ec2 create-security-group --group-name "$app-web" --description "$app-web" --vpc-id "$vpc" \
  --tag-specifications "ResourceType=security-group,Tags=[{Key=app,Value=$app}]" \
  --query GroupId --output text)
aws ec2 authorize-security-group-ingress --group-id "$group" --protocol tcp --port 8080 --cidr 0.0.0.0/0 >/dev/null

definition=$(aws ecs register-task-definition --family "$app-web" --requires-compatibilities FARGATE \
  --network-mode awsvpc --cpu 256 --memory 512 --execution-role-arn "$execution" --task-role-arn "$task" \
  --runtime-platform cpuArchitecture=X86_64,operatingSystemFamily=LINUX --tags "$ecs_tags" \
  --container-definitions '[{"name": "FlaskApp", "image": "'"$BENCH_IMAGE"'", "essential": true,
    "portMappings": [{"containerPort": 8080, "protocol": "tcp"}],
    "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "/ecs/'"$app"'",
      "awslogs-region": "'"$region"'", "awslogs-stream-prefix": "web"}}}]' \
  --query taskDefinition.taskDefinitionArn --output text)

aws ecs create-service --cluster "$app-cluster" --service-name web --task-definition "$definition" \
  --desired-count 1 --capacity-provider-strategy capacityProvider=FARGATE,weight=1 \
  --network-configuration \
  "awsvpcConfiguration={subnets=[$subnets],securityGroups=[$group],assignPublicIp=ENABLED}" \
  --deployment-configuration \
  "maximumPercent=200,minimumHealthyPercent=100,deploymentCircuitBreaker={enable=true,rollback=true}" \
  --propagate-tags SERVICE --enable-ecs-managed-tags --tags "$ecs_tags" >/dev/null
echo created
