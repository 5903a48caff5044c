use super::super::{CaptureError, prepare};

const HEIC: &[u8] = include_bytes!("../../../../tests/captures/turned.heic");
/// Where the parameters of its picture begin to say its size.
const SIZE: &[u8] = b"\xa0\x30\x81\x05\x96\xea\x49\x29\xae";

fn refused(file: &[u8]) -> String {
    match prepare(file, None) {
        Err(CaptureError::Heic { why }) => why,
        other => panic!("{other:?}"),
    }
}

fn find(bytes: &[u8], words: &[u8]) -> usize {
    bytes.windows(words.len()).position(|window| window == words).unwrap()
}

fn part(kind: &[u8], contents: &[&[u8]]) -> Vec<u8> {
    let content = contents.concat();
    let length = u32::try_from(content.len() + 8).unwrap();
    [&length.to_be_bytes(), kind, &content].concat()
}

/// A file whose item 1 is shown: the fixture's picture, or as many of it in a grid; with `turns` quarter turns.
struct File {
    tiles: Option<(u8, u8)>,
    turns: usize,
    /// How often the picture's data are there.
    times: usize,
    /// 0 for a place in the file, 2 for one in another item.
    construction: u16,
}

const PLAIN: File = File { tiles: None, turns: 0, times: 1, construction: 0 };

impl File {
    fn bytes(&self) -> Vec<u8> {
        let config = &HEIC[find(HEIC, b"hvcC") - 4..][..0x78];
        let picture = &HEIC[find(HEIC, b"mdat") + 4..][..0x2b2];
        let data = picture.repeat(self.times);
        let pixels: u16 = if self.tiles.is_some() { 1 } else { 2 };
        let entry = |id: u16, kind: &[u8; 4]| {
            part(b"infe", &[b"\x02\0\0\0", &id.to_be_bytes(), b"\0\0", kind, b"\0"])
        };
        let (rows, columns) = self.tiles.unwrap_or((1, 1));
        let shown: &[u8; 4] = if self.tiles.is_some() { b"grid" } else { b"hvc1" };
        let grid = [0, 0, rows - 1, columns - 1, 0, 96, 0, 64];
        let count = u16::from(rows) * u16::from(columns);
        let tiles = [2_u16.to_be_bytes()].repeat(count.into()).concat();
        let size = part(b"ispe", &[&[0; 4], &96_u32.to_be_bytes(), &64_u32.to_be_bytes()]);
        let mut turns = vec![3; self.turns];
        turns.splice(0..0, [1, 2]);
        let turns = [&[0, 1, u8::try_from(turns.len()).unwrap()], turns.as_slice()].concat();
        let place = |offset: usize| {
            let extent = |id: u16, offset: usize, length: usize| {
                let [offset, length] =
                    [offset, length].map(|number| u32::try_from(number).unwrap().to_be_bytes());
                [
                    &id.to_be_bytes(),
                    &self.construction.to_be_bytes(),
                    [0, 0, 0, 1].as_slice(),
                    &offset,
                    &length,
                ]
                .concat()
            };
            let shown =
                if pixels == 1 { extent(1, offset + data.len(), 8) } else { extent(1, offset, data.len()) };
            part(b"iloc", &[b"\x01\0\0\0\x44\x00\0\x02", &shown, &extent(2, offset, data.len())])
        };
        let file = |offset: usize| {
            let meta = part(
                b"meta",
                &[
                    &[0; 4],
                    &part(b"hdlr", &[&[0; 8], b"pict", &[0; 13]]),
                    &part(b"pitm", &[&[0; 4], b"\0\x01"]),
                    &place(offset),
                    &part(b"iinf", &[&[0; 4], b"\0\x02", &entry(1, shown), &entry(2, b"hvc1")]),
                    &part(b"iref", &[&[0; 4], &part(b"dimg", &[b"\0\x01", &count.to_be_bytes(), &tiles])]),
                    &part(
                        b"iprp",
                        &[
                            &part(b"ipco", &[config, &size, &part(b"irot", &[&[1]])]),
                            &part(b"ipma", &[&[0; 4], b"\0\0\0\x02", &turns, b"\0\x02\x02\x01\x02"]),
                        ],
                    ),
                ],
            );
            let head = [part(b"ftyp", &[b"heic\0\0\0\0heic"]), meta].concat();
            (head.len() + 8, [head, part(b"mdat", &[&data, &grid])].concat())
        };
        let (begins, _) = file(0);
        file(begins).1
    }
}

#[test]
fn a_picture_and_one_of_tiles_are_read() {
    for (turns, tiles) in [(0, None), (3, None), (1, Some((1, 1)))] {
        let capture = prepare(&File { tiles, turns, ..PLAIN }.bytes(), None).unwrap();
        assert_eq!(capture.media_type, "image/jpeg");
    }
}

#[test]
fn a_picture_that_is_larger_than_the_file_says_is_not_read() {
    let mut file = HEIC.to_vec();
    let place = find(&file, SIZE);
    // 65,534 by 65,534, in a file that states 96 by 64.
    file[place..place + SIZE.len()].copy_from_slice(b"\xa0\x00\x1f\xff\xe0\x00\x3f\xff\xff");
    assert_eq!(refused(&file), "the pictures that it is made of are too large");
}

#[test]
fn a_picture_of_ever_the_same_tile_is_not_read() {
    let file = File { tiles: Some((2, 1)), ..PLAIN };
    assert_eq!(refused(&file.bytes()), "it is coded more often than it is shown");
    let file = File { tiles: Some((255, 255)), ..PLAIN };
    assert_eq!(refused(&file.bytes()), "it is made of 65025 pictures");
}

#[test]
fn a_picture_that_is_turned_again_and_again_is_not_read() {
    assert_eq!(refused(&File { turns: 5, ..PLAIN }.bytes()), "it is turned too often");
    assert_eq!(refused(&File { turns: 200, ..PLAIN }.bytes()), "too much is said of one picture in it");
}

#[test]
fn lists_that_are_longer_than_their_bytes_are_not_read() {
    let mut file = HEIC.to_vec();
    let place = find(&file, b"iloc") + 8;
    file[place] = 0;
    assert_eq!(refused(&file), "it does not say where its parts are");
    let file = File { construction: 2, ..PLAIN }.bytes();
    assert_eq!(refused(&file), "it is made of parts of parts");
    let long = part(b"free", &[&vec![0; 128 << 10]]);
    let mut file = HEIC.to_vec();
    let place = find(&file, b"meta") - 4;
    let length = u32::try_from(0x1a1 + long.len()).unwrap();
    file[place..place + 4].copy_from_slice(&length.to_be_bytes());
    file.splice(place + 0x1a1..place + 0x1a1, long);
    assert_eq!(refused(&file), "what describes it is too long");
}
