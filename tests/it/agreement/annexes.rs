//! What may be an annex (issue 5, part 1).

use super::world;

const CREATE: &str = "agreement create --tenant 10213231 --kind other --title X --document aftale.pdf";

#[test]
fn an_annex_is_what_its_name_says_and_of_a_type_that_is_allowed() {
    let world = world();
    world.write("tekst.txt", "Blåbærgrød\n");
    world.write("gammel.TXT", b"Bl\xe5b\xe6rgr\xf8d\n");
    world.write("tal.dwg", b"\x01\x02AC1032");
    world.write("falsk.docx", "ikke et dokument\n");
    world.write("falsk.pdf", "ikke en PDF\n");
    world.write("program.pdf", b"MZ\x90\0\x03\0\0\0");
    world.write("side.txt", "<!DOCTYPE html><html><script>alert(1)</script></html>");
    world.write("tom.txt", "");
    world.write("uden", "tekst\n");
    world.write("utf16.csv", b"\xff\xfea\0;\0b\0");
    for fits in ["tekst.txt", "gammel.TXT", "aftale.pdf", "tekst.txt --annex aftale.pdf"] {
        world.run(&format!("{CREATE} --annex {fits} -n")).ok();
    }
    for wrong in
        ["tal.dwg", "falsk.docx", "falsk.pdf", "program.pdf", "side.txt", "tom.txt", "uden", "utf16.csv"]
    {
        let refused = world.refused(&format!("{CREATE} --annex tekst.txt --annex {wrong} -n"));
        assert_eq!(refused, (65, "file.invalid".to_owned()), "{wrong}");
    }
    assert_eq!(world.json("agreement list"), serde_json::json!([]), "nothing of it was taken");

    let said = world.run(&format!("{CREATE} --annex tal.dwg"));
    insta::assert_snapshot!(said, @r#"
    ------- stderr -------
    error: tal.dwg is of type dwg, which is not allowed for annexes; allowed are pdf, docx, xlsx, pptx, odt, ods, odp, rtf, txt, csv, xml, png, jpeg, tiff, eml, zip, asice, p7s
    hint: save it as PDF, or allow the type: `portalctl setting set agreement.annex-types pdf,docx,xlsx,pptx,odt,ods,odp,rtf,txt,csv,xml,png,jpeg,tiff,eml,zip,asice,p7s,dwg`
    [exit code 65]
    "#);
    let said = world.run(&format!("{CREATE} --annex falsk.docx"));
    insta::assert_snapshot!(said, @r#"
    ------- stderr -------
    error: falsk.docx is called docx, but its content is plain text; allowed are pdf, docx, xlsx, pptx, odt, ods, odp, rtf, txt, csv, xml, png, jpeg, tiff, eml, zip, asice, p7s
    hint: if it is a txt file, name it so; further types are allowed with `portalctl setting set agreement.annex-types pdf,docx,xlsx,pptx,odt,ods,odp,rtf,txt,csv,xml,png,jpeg,tiff,eml,zip,asice,p7s,…`
    [exit code 65]
    "#);
    let said = world.run(&format!("{CREATE} --annex program.pdf"));
    insta::assert_snapshot!(said, @r#"
    ------- stderr -------
    error: program.pdf is a program, which is never taken as an annex, whatever its name; allowed are pdf, docx, xlsx, pptx, odt, ods, odp, rtf, txt, csv, xml, png, jpeg, tiff, eml, zip, asice, p7s
    hint: save what it says as PDF and take that as the annex
    [exit code 65]
    "#);
}

#[test]
fn what_is_allowed_is_a_setting_and_programs_never_are() {
    let world = world();
    world.write("tal.dwg", b"\x01\x02AC1032");
    world.write("tekst.txt", "Blåbærgrød\n");
    world.write("virus.dwg", b"MZ\x90\0\x03\0\0\0");
    assert_eq!(world.refused("setting set agreement.annex-types .pdf"), (2, "setting.invalid".to_owned()));
    world.run("setting set agreement.annex-types pdf,dwg").ok();
    world.run(&format!("{CREATE} --annex tal.dwg")).ok();
    for wrong in ["tekst.txt", "virus.dwg"] {
        assert_eq!(world.refused(&format!("{CREATE} --annex {wrong}")).0, 65, "{wrong}");
        assert_eq!(world.refused(&format!("agreement update 1 --annex {wrong}")).0, 65, "{wrong}");
    }
    world.run("agreement update 1 --annex aftale.pdf").ok();
    assert_eq!(world.json("agreement show 1")["annexes"][0]["name"], "aftale.pdf");
}

#[test]
fn an_annex_without_a_name_gets_one_by_its_content() {
    let world = world();
    world.run_with_input(&format!("{CREATE} --annex -"), "Blåbærgrød\n").ok();
    assert_eq!(world.json("agreement show 1")["annexes"][0]["name"], "annex.txt");
}
