from tests.support.apps import Deployer
def test_x(deployer: Deployer):
    import time
    t=time.time()
    d = deployer.up()
    print(time.time()-t); t=time.time()
    print(d)
    a=deployer.aws()
    print(deployer.plan(aws=a).plan.documents())
    print(time.time()-t); t=time.time()
    print(a.counts())
    print(deployer.down())
    from tests.support.dump import remains
    print(remains(a))
    assert 0
