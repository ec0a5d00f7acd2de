//! Whatever may be written.

use proptest::prelude::*;

use super::*;

proptest! {
    #[test]
    fn any_text_is_read(text in "(FROM x\n)?(\\PC|\n|RUN |COPY |ENV |<<E|\\$\\{|\"|\\\\\n){0,40}") {
        if let Ok(dockerfile) = Dockerfile::parse(&text) {
            let _ = dockerfile.plan(&BuildArgs::new(), None);
            let mut state = State::new(&dockerfile, ImageConfig::default(), BuildArgs::new()).unwrap();
            for instruction in &dockerfile.stages[0].instructions {
                let _ = state.apply(instruction);
            }
        }
    }

    #[test]
    fn any_word_is_expanded(text in "[a${}:\\-+'\"\\\\]{0,60}") {
        let _ = expand(&text, '\\', &|_| Some("v".to_owned()));
    }

    #[test]
    fn what_is_quoted_comes_back(value in "[^'\0]{0,20}") {
        let text = format!("'{value}'");
        prop_assert_eq!(expand(&text, '\\', &|_| None).unwrap(), value);
    }

    #[test]
    fn any_pattern_is_tried(pattern in "[a*?\\[\\]^\\\\/-]{0,30}", path in "[a/]{0,30}") {
        let _ = Ignore::parse(&pattern).ignores(&path);
    }

    #[test]
    fn a_name_fits_itself(path in "[a-z0-9._-]{1,8}(/[a-z0-9_-]{1,8}){0,3}") {
        prop_assume!(!path.split('/').any(|part| part == "." || part == ".."));
        prop_assert!(Ignore::parse(&path).ignores(&path));
        prop_assert_eq!(Ignore::parse(&format!("{path}\n!{path}")).ignores(&path), false);
    }
}
