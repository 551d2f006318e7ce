//! Attachments and the scanner: a daemon that speaks clamd's protocol, or none where one should be.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

use serde_json::json;

use super::with_ticket;

/// Answers as clamd does: to what holds `EICAR` that it is malware. Ends with the test.
fn daemon() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || listener.incoming().flatten().for_each(|stream| drop(answer(stream))));
    address
}

fn answer(mut stream: TcpStream) -> std::io::Result<()> {
    let mut command = [0; 10];
    stream.read_exact(&mut command)?;
    assert_eq!(&command, b"zINSTREAM\0");
    let mut bytes = Vec::new();
    loop {
        let mut length = [0; 4];
        stream.read_exact(&mut length)?;
        let length = u32::from_be_bytes(length);
        if length == 0 {
            break;
        }
        let mut chunk = vec![0; length as usize];
        stream.read_exact(&mut chunk)?;
        bytes.extend(chunk);
    }
    let found = bytes.windows(5).any(|window| window == b"EICAR");
    let said = if found { "stream: Test.EICAR FOUND\0" } else { "stream: OK\0" };
    stream.write_all(said.as_bytes())
}

#[test]
fn s_008_an_infected_file_is_refused_and_nothing_of_it_is_taken() {
    let world = with_ticket();
    world.write("c.toml", format!("[scanner]\ntransport = \"clamd\"\naddress = \"{}\"\n", daemon()));
    world.write("ren.txt", "ren");
    world.write("ond.txt", "EICAR");
    let reply = |files: &str| format!("ticket reply 2605-0001 --config c.toml {files}");
    world.run(&reply("--attach ren.txt")).ok();
    let refused = reply("--attach ren.txt --attach ond.txt");
    assert_eq!(world.refused(&refused), (65, "attachment.infected".to_owned()));
    let said = world.run(&refused);
    assert!(said.err.contains("ond.txt") && said.err.contains("Test.EICAR"), "{said}");
    let create =
        "ticket create --tenant 10213231 --requester ida.lykkebo@oes.example.dk --subject X --attach ond.txt";
    assert_eq!(world.refused(&format!("{create} --config c.toml")).0, 65);
    let thread = world.json("ticket show 2605-0001")["thread"].clone();
    assert_eq!((thread.as_array().unwrap().len(), &thread[1]["attachments"]), (2, &json!(["ren.txt"])));
    assert_eq!(world.json("ticket list --all").as_array().unwrap().len(), 1);
    // Without a scanner files are taken unscanned.
    world.run("ticket reply 2605-0001 --attach ond.txt").ok();
}

#[test]
fn a_scanner_out_of_reach_takes_nothing_for_clean() {
    let world = with_ticket();
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    world.write("c.toml", format!("[scanner]\ntransport = \"clamd\"\naddress = \"{free}\"\n"));
    world.write("ren.txt", "ren");
    let refused = world.refused("ticket reply 2605-0001 --config c.toml --attach ren.txt");
    assert_eq!(refused, (75, "scanner.out-of-reach".to_owned()));
    assert_eq!(world.json("ticket show 2605-0001")["thread"].as_array().unwrap().len(), 1);
}
