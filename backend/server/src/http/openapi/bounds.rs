//! The real bounds of whole numbers: what is made from our types says only that nothing is negative.

use utoipa::openapi::schema::{AdditionalProperties, ArrayItems, KnownFormat, SchemaFormat};
use utoipa::openapi::{Object, OpenApi, RefOr, Schema};

/// Gives every number of a document that is never negative the bounds of the type it is read into.
pub fn add(document: &mut OpenApi) {
    let components = document.components.iter_mut();
    components.flat_map(|components| components.schemas.values_mut()).for_each(visit);
    let items = document.paths.paths.values_mut();
    let operations = items.flat_map(|item| [&mut item.get, &mut item.post, &mut item.delete]).flatten();
    for parameter in operations.flat_map(|operation| operation.parameters.iter_mut().flatten()) {
        if let RefOr::T(parameter) = parameter {
            parameter.schema.iter_mut().for_each(visit);
        }
    }
}

fn visit(schema: &mut RefOr<Schema>) {
    let RefOr::T(schema) = schema else { return };
    match schema {
        Schema::Object(object) => {
            object.properties.values_mut().for_each(visit);
            if let Some(AdditionalProperties::RefOr(values)) = object.additional_properties.as_deref_mut() {
                visit(values);
            }
            bound(object);
        }
        Schema::Array(array) => {
            if let ArrayItems::RefOrSchema(items) = &mut array.items {
                visit(items);
            }
        }
        Schema::OneOf(one) => one.items.iter_mut().for_each(visit),
        Schema::AllOf(all) => all.items.iter_mut().for_each(visit),
        Schema::AnyOf(any) => any.items.iter_mut().for_each(visit),
        _ => {}
    }
}

fn bound(number: &mut Object) {
    let (format, largest) = match &number.format {
        Some(SchemaFormat::KnownFormat(KnownFormat::Int32)) => ("uint32", u64::from(u32::MAX)),
        Some(SchemaFormat::KnownFormat(KnownFormat::Int64)) => ("uint64", u64::MAX),
        _ => return,
    };
    if number.minimum.is_some() {
        number.format = Some(SchemaFormat::Custom(format.to_owned()));
        number.maximum.get_or_insert(largest.into());
    }
}
