//! The in-memory adapters keep the contract of every port.

use flowra_testkit::contract::{Sources, Stores};
use flowra_testkit::memory::InMemoryCluster;
use flowra_testkit::{Memory, cluster_contract_tests, contract_tests, source_contract_tests};

contract_tests!(memory, || async { Stores::of(&Memory::seeded(1)) });
source_contract_tests!(memory_sources, || async { Sources::of(&Memory::seeded(1)) });
cluster_contract_tests!(memory_cluster, || async {
    InMemoryCluster::default().two_nodes()
});
