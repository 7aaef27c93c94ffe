"""How gunicorn serves the app; it reads this file from the folder that it is started in."""

bind = "0.0.0.0:8080"
threads = 8  # one process with threads: right for a quarter of a vCPU
accesslog = "-"  # each request is a line on standard output, which CloudWatch Logs keeps
worker_tmp_dir = "/dev/shm"  # no writable disk is needed
control_socket_disable = True  # its socket would lie in a home folder, which the user has not
graceful_timeout = 20  # seconds for open requests after SIGTERM; ECS waits 30 before it kills
