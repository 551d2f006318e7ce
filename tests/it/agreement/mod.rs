//! Agreements through the front door.

mod annexes;
mod expiry;
mod overviews;

use crate::support::World;

/// A fixture's bytes.
fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/fixtures/agreements/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// People, and signatories for two institutions; `aftale.pdf` lies there.
fn world() -> World {
    let world = World::peopled();
    world.write("aftale.pdf", fixture("oes-kundeaftale.pdf"));
    for tenant in ["10213231", "34051178"] {
        for scope in ["customer", "other"] {
            world
                .run(&format!(
                    "signatory set --tenant {tenant} --scope {scope} --name 'Birgitte Havemark' \
                     --email birgitte@{tenant}.example.dk --title Vicedirektør --phone 70000112"
                ))
                .ok();
        }
    }
    world
}

/// Brings an agreement into force; answers with its number.
fn in_force(world: &World, tenant: &str, kind: &str, more: &str) -> i64 {
    let item =
        world.json(&format!("agreement create --tenant {tenant} --kind {kind} --document aftale.pdf {more}"));
    let id = item["item"]["id"].as_i64().unwrap();
    world.run(&format!("agreement send {id}")).ok();
    let sign =
        format!("agreement record-signature {id} --method MitID --signed-at 2026-05-04T09:00:00+02:00");
    world.run(&format!("{sign} --party customer --signer birgitte@{tenant}.example.dk")).ok();
    world.run(&format!("{sign} --party provider --signer jonas.brandtoft@sam.example.dk")).ok();
    id
}

/// Sets the clock to noon in Copenhagen, in winter and summer.
fn on(world: &World, date: &str) {
    world.now.set(format!("{date}T10:30:00Z").parse().unwrap());
}
